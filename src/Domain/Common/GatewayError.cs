namespace CleanGateway.Domain.Common;

/// <summary>
/// What went wrong, in the gateway's own words. The chat path returns it, everything else throws it inside a
/// <see cref="GatewayException"/>; either way one place in the Api turns it into HTTP.
/// </summary>
/// <param name="Kind">Decides the HTTP status and the error type.</param>
/// <param name="Code">A word for programs, also the metric label: few different ones.</param>
/// <param name="Message">For people, safe to show: never a secret, an upstream's address or a stack trace.</param>
/// <param name="Param">The field that was wrong, as the caller wrote it, for example <c>messages[0].role</c>.</param>
public sealed record GatewayError(GatewayErrorKind Kind, string Code, string Message, string? Param = null)
{
    /// <summary>How long to wait before another try is worth it. Every answer with status 429 has one.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// The HTTP status of the provider, where a caller who speaks the provider's own API is told the very same; null
    /// where the <see cref="Kind"/> decides.
    /// </summary>
    public int? UpstreamStatus { get; init; }

    /// <summary>What else is wrong with the same request, for those who can be told more than one thing.</summary>
    public IReadOnlyList<GatewayError> Others { get; init; } = [];

    public static GatewayError MissingAuthorization { get; } =
        new(GatewayErrorKind.Unauthenticated, "missing_authorization", "missing or invalid Authorization header");

    public static GatewayError InvalidApiKey { get; } =
        new(GatewayErrorKind.Unauthenticated, "invalid_api_key", "invalid API key");

    public static GatewayError LogUnavailable { get; } =
        new(GatewayErrorKind.Unavailable, "log_unavailable", "The request log cannot be written, so no call is let through. Please try again.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static GatewayError Shutdown { get; } =
        new(GatewayErrorKind.ShuttingDown, "gateway_shutdown", "The gateway is being stopped before the answer is complete. Please try again.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static GatewayError ClientClosed { get; } = new(GatewayErrorKind.ClientClosed, "client_closed", "The caller left.");

    /// <summary>The key's own limit of requests, as the documents print it.</summary>
    public static GatewayError RequestLimit { get; } = new(GatewayErrorKind.RateLimited, "request_limit_exceeded", "rate limit exceeded");

    /// <summary>The key's own budget of the month, as the documents print it.</summary>
    public static GatewayError MonthlyBudget { get; } = new(GatewayErrorKind.OverBudget, "monthly_budget_exceeded", "monthly budget exceeded");

    public static GatewayError BudgetUnavailable { get; } =
        new(GatewayErrorKind.Unavailable, "budget_unavailable", "The budget of this API key cannot be checked now. Please try again.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static GatewayError UnpricedModel(string model) => new(
        GatewayErrorKind.Invalid, "unpriced_model", $"This API key has a budget, and the price of the model '{model}' is not known.", "model");

    public static GatewayError UnknownModel(string model) =>
        new(GatewayErrorKind.Invalid, "unknown_model", $"unknown model: {model}", "model");

    public static GatewayError ModelNotAllowed(string model) =>
        new(GatewayErrorKind.Forbidden, "model_not_allowed", $"This API key may not use the model '{model}'.", "model");

    /// <summary>The code of a request that is wrong, where nothing more is to be said.</summary>
    public const string InvalidRequest = "invalid_request";

    /// <summary>The code of a request that a provider's content filter refused.</summary>
    public const string ContentFilter = "content_filter";

    public static GatewayError Invalid(string message, string? param = null, string code = InvalidRequest) =>
        new(GatewayErrorKind.Invalid, code, message, param);

    public static GatewayError NotFound(string what, string id) =>
        new(GatewayErrorKind.NotFound, $"{what}_not_found", $"No {what} has the id '{id}'.");

    public static GatewayError UpstreamFailed(string code, string message) =>
        new(GatewayErrorKind.UpstreamFailed, code, message);
}
