using System.Globalization;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>What the errors of OpenAI and of servers that speak its language mean.</summary>
internal static class OpenAiErrors
{
    /// <inheritdoc cref="IDialect.KindOf"/>
    public static UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => (status ?? InnerStatus(failure) ?? 500) switch
    {
        400 or 422 => BadRequest(failure),
        401 => UpstreamErrorKind.Authentication,
        402 => UpstreamErrorKind.Billing,
        403 => UpstreamErrorKind.Permission,
        404 => UpstreamErrorKind.ModelNotFound,
        408 or 504 => UpstreamErrorKind.Timeout,
        413 => failure.Code == "rate_limit_exceeded" ? UpstreamErrorKind.RateLimited : UpstreamErrorKind.RequestTooLarge,   // Groq's, for tokens
        429 => IsQuota(failure) ? UpstreamErrorKind.Billing : UpstreamErrorKind.RateLimited,
        498 or 503 or 529 => UpstreamErrorKind.Overloaded,
        >= 400 and < 500 and not 409 => BadRequest(failure),
        _ => UpstreamErrorKind.Failed,
    };

    // Within an answer that began with 200, the status stands in the code, or a word for it does.
    private static int? InnerStatus(UpstreamFailure failure) => failure.Code switch
    {
        "rate_limit_exceeded" or "slow_down" => 429,
        "server_is_overloaded" => 503,
        "context_length_exceeded" or "invalid_prompt" or "content_policy_violation" or "content_filter" or "bio_policy" => 400,
        { } picture when picture.StartsWith("invalid_image", StringComparison.Ordinal) || picture.StartsWith("image_", StringComparison.Ordinal) => 400,
        _ when IsQuota(failure) => 429,
        var code => int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 400 and <= 599 ? number : null,
    };

    private static UpstreamErrorKind BadRequest(UpstreamFailure failure)
    {
        if (failure.Code == "context_length_exceeded" || (IsOfTheWhole(failure) && SaysTooLong(failure)))
            return UpstreamErrorKind.ContextLength;

        return failure.Code is "content_policy_violation" or "content_filter" or "invalid_prompt"
            || failure.Mentions("safety system") || failure.Mentions("flagged")
            ? UpstreamErrorKind.ContentFilter
            : UpstreamErrorKind.InvalidRequest;
    }

    // A name or an identifier can be too long too, and then the code or the parameter says so. A status for a code says nothing.
    private static bool IsOfTheWhole(UpstreamFailure failure) =>
        (failure.Code is null or "" or "invalid_request_error" || failure.Code.All(char.IsAsciiDigit))
        && failure.Param is null or "" or "messages" or "prompt" or "input" or "input_tokens";   // the last is vLLM's

    private static bool SaysTooLong(UpstreamFailure failure) =>
        failure.Mentions("maximum context length") || failure.Mentions("context window") || failure.Mentions("exceeds the available context size")
        || failure.Mentions("too long") || failure.Mentions("num_ctx");

    private static bool IsQuota(UpstreamFailure failure) =>
        failure.Type == "insufficient_quota"
        || failure.Code is "insufficient_quota" or "credit_balance_exhausted" or "organization_spend_limit_exceeded" or "project_spend_limit_exceeded"
            or "organization_usage_limit_exceeded" or "billing_hard_limit_reached" or "billing_not_active";
}
