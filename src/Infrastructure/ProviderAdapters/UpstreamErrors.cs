using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>
/// Turns what an upstream answers in the place of an answer into the gateway's own errors. The
/// caller is told the upstream's words only where they concern the caller's request; the state of the gateway's
/// account is the operator's business.
/// </summary>
internal static partial class UpstreamErrors
{
    private static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan QuotaWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    public static InferenceOutcome.Refused Unreachable { get; } =
        new(GatewayError.UpstreamFailed("upstream_connection_error", "The provider could not be reached."));

    /// <summary>There is nothing to tell the provider who calls with: nothing was sent.</summary>
    public static InferenceOutcome.Refused NoCredential { get; } =
        new(Refused("upstream_authentication_error", "The provider does not accept the gateway's credentials."));

    /// <summary>Told apart from the network's failures: only an operator can mend it, and should not have to look for it there.</summary>
    public static InferenceOutcome.Refused NotAllowed { get; } = new(GatewayError.UpstreamFailed(
        "upstream_not_allowed", "The gateway does not connect to where the provider is: allow_cidrs in the provider's config has to name the network."));

    /// <summary>The model's provider has no such API, and no way to be asked through another.</summary>
    public static GatewayError NotSpoken(InferenceRequest request) => GatewayError.Invalid(
        $"The provider of the model '{request.Model}' does not offer this API ({request.Api.ToSnakeCase()}).", "model", "unsupported_api");

    /// <summary>The whole request may have been read and worked on.</summary>
    public static InferenceOutcome.Refused TimedOut { get; } =
        new(new GatewayError(GatewayErrorKind.UpstreamTimeout, "upstream_timeout", "The provider did not answer in time."), MayBeBilled: true);

    public static InferenceOutcome.Refused Disconnected { get; } =
        new(GatewayError.UpstreamFailed("upstream_connection_error", "The provider closed the connection instead of answering."), MayBeBilled: true);

    public static InferenceOutcome.Refused BadResponse { get; } =
        new(GatewayError.UpstreamFailed("upstream_bad_response", "The provider's answer could not be understood."), MayBeBilled: true);

    public static GatewayError Stalled { get; } =
        new(GatewayErrorKind.UpstreamTimeout, "upstream_stalled", "The provider stopped in the middle of its answer.");

    public static GatewayError BrokeOff { get; } =
        GatewayError.UpstreamFailed("upstream_error", "The connection to the provider broke in the middle of its answer.");

    /// <param name="status">The HTTP status; null where the failure stood in an answer that had begun with 200.</param>
    /// <param name="apiKey">The provider's own, to be kept out of every message.</param>
    public static InferenceOutcome.Refused Map(
        UpstreamErrorKind kind, int? status, HttpResponseHeaders? headers, UpstreamFailure failure, string? apiKey, DateTimeOffset now)
    {
        var error = kind switch
        {
            UpstreamErrorKind.ContextLength => Told("context_length_exceeded", "messages", "The request is longer than the model's context."),
            UpstreamErrorKind.ContentFilter =>
                Told(GatewayError.ContentFilter, failure.SafeParam(apiKey), "The provider's content filter refused the request."),
            UpstreamErrorKind.InvalidRequest =>
                Told(failure.SafeCode(apiKey) ?? GatewayError.InvalidRequest, failure.SafeParam(apiKey), "The provider refused the request as invalid."),
            UpstreamErrorKind.RequestTooLarge =>
                new GatewayError(GatewayErrorKind.TooLarge, "request_too_large", "The request is too large for the provider."),
            UpstreamErrorKind.Authentication =>
                Refused("upstream_authentication_error", "The provider does not accept the gateway's credentials."),
            UpstreamErrorKind.Permission => Refused("upstream_permission_denied", "The provider does not permit the gateway this call."),
            UpstreamErrorKind.Billing => QuotaExhausted(),
            UpstreamErrorKind.ModelNotFound =>
                new GatewayError(GatewayErrorKind.NotFound, "model_not_found", "The provider does not have this model.", "model"),
            UpstreamErrorKind.RateLimited => RateLimited(headers, failure, apiKey, now),
            UpstreamErrorKind.Overloaded => Overloaded(status, headers, failure, now),
            UpstreamErrorKind.Timeout => TimedOut.Error,
            UpstreamErrorKind.Failed => GatewayError.UpstreamFailed("upstream_error", "The provider failed."),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "is no sort of failure"),
        };

        // What a provider refuses it does not charge; what it fails at, it may. A proxy's word that time was up says nothing of either.
        var mayBeBilled = kind is UpstreamErrorKind.Overloaded or UpstreamErrorKind.Timeout or UpstreamErrorKind.Failed
            && status is null or 408 or 424 or >= 500;
        return new InferenceOutcome.Refused(error, mayBeBilled, IsProvidersWord: status is not (408 or 504 or 522 or 524));

        GatewayError Told(string code, string? param, string otherwise) => GatewayError.Invalid(failure.SafeMessage(apiKey) ?? otherwise, param, code);
    }

    private static GatewayError Refused(string code, string message) => new(GatewayErrorKind.UpstreamRefused, code, message);

    private static GatewayError QuotaExhausted() =>
        new(GatewayErrorKind.QuotaExhausted, "insufficient_quota", "The gateway's quota at the provider is exhausted.") { RetryAfter = QuotaWait };

    private static GatewayError RateLimited(HttpResponseHeaders? headers, UpstreamFailure failure, string? apiKey, DateTimeOffset now)
    {
        var wait = RetryAfter(headers, failure, now) ?? UsualWait;

        // A sudden ramp: whoever comes back at once is refused again.
        if (failure.Code == "slow_down" && wait < QuotaWait)
            wait = QuotaWait;
        var message = failure.SafeMessage(apiKey)
            ?? FormattableString.Invariant($"The provider's rate limit is reached. Please try again in {Math.Ceiling(wait.TotalSeconds):0}s.");
        return new GatewayError(GatewayErrorKind.RateLimited, "rate_limit_exceeded", message) { RetryAfter = wait };
    }

    private static GatewayError Overloaded(int? status, HttpResponseHeaders? headers, UpstreamFailure failure, DateTimeOffset now) =>
        new(GatewayErrorKind.UpstreamOverloaded, "upstream_overloaded", "The provider is overloaded. Please try again.")
        {
            RetryAfter = RetryAfter(headers, failure, now),
            UpstreamStatus = status == 529 ? status : null,
        };

    /// <summary>The most exact of what the upstream says, within reason.</summary>
    internal static TimeSpan? RetryAfter(HttpResponseHeaders? headers, UpstreamFailure failure, DateTimeOffset now)
    {
        var wait = Milliseconds(headers) ?? Standard(headers, now) ?? failure.RetryAfter
            ?? Longer(LimitReset(headers, "requests"), LimitReset(headers, "tokens")) ?? InWords(failure.Message);
        return wait is { } found ? TimeSpan.FromTicks(Math.Clamp(found.Ticks, 0, LongestWait.Ticks)) : null;
    }

    private static TimeSpan? Milliseconds(HttpResponseHeaders? headers) => Seconds(Header(headers, "retry-after-ms")) / 1000;

    // RFC 9110, 10.2.3: seconds or a date; some send fractions.
    private static TimeSpan? Standard(HttpResponseHeaders? headers, DateTimeOffset now)
    {
        var text = Header(headers, "retry-after");
        if (Seconds(text) is { } seconds)
            return seconds;

        return DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date - now : null;
    }

    // The limit with nothing remaining is the one to wait for. OpenAI writes a duration, Azure whole seconds.
    private static TimeSpan? LimitReset(HttpResponseHeaders? headers, string limit) =>
        Header(headers, $"x-ratelimit-remaining-{limit}") == "0" && Header(headers, $"x-ratelimit-reset-{limit}") is { } text
            ? GoDuration.TryParse(text, out var reset) ? reset : Seconds(text)
            : null;

    private static TimeSpan? Longer(TimeSpan? left, TimeSpan? right) => left is null || right > left ? right : left;

    // "try again in 1.2s", "retry in 1m30s", "retry after 12 seconds"
    private static TimeSpan? InWords(string? message)
    {
        var match = TryAgain().Match(message ?? "");
        if (!match.Success)
            return null;

        return match.Groups["seconds"] is { Success: true } seconds ? Seconds(seconds.Value)
            : GoDuration.TryParse(match.Groups["wait"].Value, out var wait) ? wait
            : null;
    }

    private static TimeSpan? Seconds(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) && seconds >= 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue))
            : null;

    private static string? Header(HttpResponseHeaders? headers, string name) =>
        headers is not null && headers.TryGetValues(name, out var values) ? values.FirstOrDefault()?.Trim() : null;

    [GeneratedRegex(@"(try again|retry) (in|after) ((?<seconds>[0-9.]+) ?seconds?|(?<wait>([0-9.]+(h|ms|m|s))+))", RegexOptions.IgnoreCase)]
    private static partial Regex TryAgain();
}
