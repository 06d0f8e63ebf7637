using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// What the errors of the Messages API mean, wherever it is served: Anthropic's own, and those of the clouds around it,
/// whose types are spelled so that none is another's.
/// </summary>
internal static class AnthropicErrors
{
    private static readonly string[] Limits = ["requests", "tokens", "input-tokens", "output-tokens"];

    /// <inheritdoc cref="IDialect.ReadFailure"/>
    public static UpstreamFailure Read(ReadOnlySpan<byte> body, HttpResponseHeaders? headers, DateTimeOffset now)
    {
        var failure = ReadBody(body);
        if (Header(headers, "x-amzn-errortype") is { } type)
            failure = failure with { Type = Bare(type) };
        return failure with { RetryAfter = failure.RetryAfter ?? LimitReset(headers, now) };
    }

    /// <summary>What an error event, or an error in the place of an answer, says.</summary>
    public static UpstreamFailure Read(JsonElement root)
    {
        // Google wraps the errors of streams in an array.
        if (root is { ValueKind: JsonValueKind.Array } && root.GetArrayLength() > 0)
            root = root[0];
        if (root.ValueKind != JsonValueKind.Object)
            return new UpstreamFailure(null, null, null, null);

        if (!root.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object)
            return new UpstreamFailure(Bare(Text(root, "__type") ?? Text(root, "code")), null, Text(root, "message") ?? Text(root, "Message"), null);

        if (Text(error, "status") is { } status)
            return new UpstreamFailure(status, ReasonOf(error), Text(error, "message"), null) { RetryAfter = RetryDelay(error) };

        var code = error.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object ? Text(details, "error_code") : null;
        return new UpstreamFailure(Text(error, "type"), code, Text(error, "message"), null);
    }

    /// <inheritdoc cref="IDialect.KindOf"/>
    public static UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) =>
        OfType(status, failure) ?? (status ?? 500) switch
        {
            400 or 412 or 422 or 431 => BadRequest(failure),
            401 => UpstreamErrorKind.Authentication,
            402 => UpstreamErrorKind.Billing,
            403 => UpstreamErrorKind.Permission,
            404 => UpstreamErrorKind.ModelNotFound,
            408 or 504 => UpstreamErrorKind.Timeout,
            409 or 424 or 499 => UpstreamErrorKind.Failed,
            413 => UpstreamErrorKind.RequestTooLarge,
            429 => UpstreamErrorKind.RateLimited,
            503 or 529 => UpstreamErrorKind.Overloaded,
            >= 400 and < 500 => BadRequest(failure),
            _ => UpstreamErrorKind.Failed,
        };

    // The type says more than the status, and within a stream there is no other.
    private static UpstreamErrorKind? OfType(int? status, UpstreamFailure failure) => failure.Type switch
    {
        "invalid_request_error" when status is null or 400 => BadRequest(failure),
        "authentication_error" => UpstreamErrorKind.Authentication,
        "billing_error" => UpstreamErrorKind.Billing,
        "permission_error" => UpstreamErrorKind.Permission,
        "not_found_error" => UpstreamErrorKind.ModelNotFound,
        "request_too_large" => UpstreamErrorKind.RequestTooLarge,
        "rate_limit_error" => failure.Code is "enforced_spend_limit_reached" or "contract_spend_limit_reached"
            ? UpstreamErrorKind.Billing
            : UpstreamErrorKind.RateLimited,
        "timeout_error" => UpstreamErrorKind.Timeout,
        "overloaded_error" => UpstreamErrorKind.Overloaded,
        "api_error" or "conflict_error" when status is null or < 500 => UpstreamErrorKind.Failed,
        "api_error" when failure.Code?.StartsWith("cmek_", StringComparison.Ordinal) == true => UpstreamErrorKind.Failed,
        { } type when type.EndsWith("Exception", StringComparison.Ordinal) => OfAmazon(type, failure),
        { } type => OfGoogle(type, failure),
        null => null,
    };

    // In streams they begin with a small letter.
    private static UpstreamErrorKind? OfAmazon(string type, UpstreamFailure failure) => type.ToLowerInvariant() switch
    {
        "validationexception" when failure.Mentions("model identifier is invalid") || failure.Mentions("on-demand throughput") =>
            UpstreamErrorKind.ModelNotFound,
        "validationexception" => BadRequest(failure),
        "servicequotaexceededexception" => UpstreamErrorKind.RateLimited,
        "accessdeniedexception" => UpstreamErrorKind.Permission,
        "expiredtokenexception" or "unrecognizedclientexception" or "invalidsignatureexception" or "missingauthenticationtokenexception" =>
            UpstreamErrorKind.Authentication,
        "resourcenotfoundexception" => UpstreamErrorKind.ModelNotFound,
        "modeltimeoutexception" => UpstreamErrorKind.Timeout,
        "modelerrorexception" or "modelstreamerrorexception" or "internalserverexception" => UpstreamErrorKind.Failed,
        "throttlingexception" => failure.Mentions("per day") ? UpstreamErrorKind.Billing : UpstreamErrorKind.RateLimited,
        "modelnotreadyexception" or "serviceunavailableexception" => UpstreamErrorKind.Overloaded,
        _ => null,
    };

    private static UpstreamErrorKind? OfGoogle(string type, UpstreamFailure failure) => type switch
    {
        "INVALID_ARGUMENT" when failure.Code == "API_KEY_INVALID" || failure.Mentions("API key not valid") || failure.Mentions("API key expired") =>
            UpstreamErrorKind.Authentication,
        "INVALID_ARGUMENT" or "OUT_OF_RANGE" => BadRequest(failure),
        "FAILED_PRECONDITION" => failure.Mentions("location") || failure.Mentions("billing") ? UpstreamErrorKind.Permission : BadRequest(failure),
        "UNAUTHENTICATED" => UpstreamErrorKind.Authentication,
        "PERMISSION_DENIED" => UpstreamErrorKind.Permission,
        "NOT_FOUND" => UpstreamErrorKind.ModelNotFound,
        "RESOURCE_EXHAUSTED" => failure.Mentions("billing") ? UpstreamErrorKind.Billing : UpstreamErrorKind.RateLimited,
        "ABORTED" or "CANCELLED" or "INTERNAL" or "UNKNOWN" or "DATA_LOSS" => UpstreamErrorKind.Failed,
        "UNAVAILABLE" => UpstreamErrorKind.Overloaded,
        "DEADLINE_EXCEEDED" => UpstreamErrorKind.Timeout,
        _ => null,
    };

    private static UpstreamErrorKind BadRequest(UpstreamFailure failure)
    {
        if (failure.Mentions("prompt is too long") || failure.Mentions("exceed context limit") || failure.Mentions("input is too long")
            || failure.Mentions("exceeds the maximum number of tokens") || failure.Mentions("input length and `max_tokens` exceed"))
        {
            return UpstreamErrorKind.ContextLength;
        }

        if (failure.Mentions("credit balance is too low") || failure.Mentions("reached your specified API usage limits"))
            return UpstreamErrorKind.Billing;

        return failure.Mentions("blocked by content filtering policy") ? UpstreamErrorKind.ContentFilter : UpstreamErrorKind.InvalidRequest;
    }

    private static UpstreamFailure ReadBody(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return Read(JsonElement.ParseValue(ref reader));
        }
        catch (Exception notJson) when (notJson is JsonException or InvalidOperationException)
        {
            return new UpstreamFailure(null, null, null, null);   // a proxy's web page, or nothing at all
        }
    }

    // Amazon's types come with a namespace before a # and a URL behind a colon.
    private static string? Bare(string? type) => type?.Split(':')[0].Split('#')[^1];

    private static string? ReasonOf(JsonElement error) =>
        Details(error).Select(detail => Text(detail, "reason")).FirstOrDefault(reason => reason is not null);

    private static TimeSpan? RetryDelay(JsonElement error) =>
        Details(error).Select(detail => Text(detail, "retryDelay")).FirstOrDefault(delay => delay is not null) is { } text
        && double.TryParse(text.TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue))
            : null;

    private static IEnumerable<JsonElement> Details(JsonElement error) =>
        error.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Array
            ? details.EnumerateArray().Where(detail => detail.ValueKind == JsonValueKind.Object)
            : [];

    // The limits with nothing remaining are the ones to wait for, the longest of them last.
    private static TimeSpan? LimitReset(HttpResponseHeaders? headers, DateTimeOffset now)
    {
        var resets = Limits.Where(limit => Header(headers, $"anthropic-ratelimit-{limit}-remaining") == "0")
            .Select(limit => Header(headers, $"anthropic-ratelimit-{limit}-reset"))
            .Where(text => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
            .Select(text => DateTimeOffset.Parse(text!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) - now)
            .ToList();
        return resets.Count == 0 ? null : resets.Max();
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Header(HttpResponseHeaders? headers, string name) =>
        headers is not null && headers.TryGetValues(name, out var values) ? values.FirstOrDefault()?.Trim() : null;
}
