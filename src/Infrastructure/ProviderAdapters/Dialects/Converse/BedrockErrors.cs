using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>What the exceptions of AWS mean, whether they are an answer or stand within a stream.</summary>
internal static class BedrockErrors
{
    private static readonly TimeSpan QuotaWait = TimeSpan.FromSeconds(60);

    /// <inheritdoc cref="IDialect.ReadFailure"/>
    public static UpstreamFailure Read(ReadOnlySpan<byte> body, HttpResponseHeaders? headers)
    {
        var named = headers is not null && headers.TryGetValues("x-amzn-errortype", out var values) ? values.FirstOrDefault() : null;
        try
        {
            var reader = new Utf8JsonReader(body);
            return Read(JsonElement.ParseValue(ref reader), named);
        }
        catch (Exception notJson) when (notJson is JsonException or InvalidOperationException)
        {
            return Failure(named, null);
        }
    }

    /// <summary>An exception, or an answer that is none.</summary>
    public static UpstreamFailure Read(JsonElement root, string? type = null)
    {
        // Where a path is unknown, the exception stands within an answer of 200.
        if (root.Given("Output") is { ValueKind: JsonValueKind.Object } output)
            root = output;

        return Failure(type ?? Text(root, "__type") ?? Text(root, "code"), Text(root, "message") ?? Text(root, "Message"));
    }

    /// <inheritdoc cref="IDialect.KindOf"/>
    public static UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => failure.Type?.ToUpperInvariant() switch
    {
        "VALIDATIONEXCEPTION" => Refused(failure),
        "CONFLICTEXCEPTION" => UpstreamErrorKind.InvalidRequest,
        "SERVICEQUOTAEXCEEDEDEXCEPTION" => UpstreamErrorKind.RateLimited,
        "THROTTLINGEXCEPTION" or "TOOMANYREQUESTSEXCEPTION" => Throttled(failure),
        "MODELNOTREADYEXCEPTION" or "SERVICEUNAVAILABLEEXCEPTION" => UpstreamErrorKind.Overloaded,
        "ACCESSDENIEDEXCEPTION" => Denied(failure),
        "UNRECOGNIZEDCLIENTEXCEPTION" or "INVALIDSIGNATUREEXCEPTION" or "INCOMPLETESIGNATUREEXCEPTION" or "EXPIREDTOKENEXCEPTION" or "EXPIREDTOKEN"
            or "MISSINGAUTHENTICATIONTOKENEXCEPTION" or "MISSINGAUTHENTICATIONTOKEN" or "INVALIDCLIENTTOKENID" => UpstreamErrorKind.Authentication,
        "RESOURCENOTFOUNDEXCEPTION" => UpstreamErrorKind.ModelNotFound,
        "MODELTIMEOUTEXCEPTION" => UpstreamErrorKind.Timeout,
        "MODELERROREXCEPTION" or "MODELSTREAMERROREXCEPTION" or "INTERNALSERVEREXCEPTION" or "INTERNALFAILURE" => UpstreamErrorKind.Failed,
        _ => KindOf(status ?? 500, failure),
    };

    // Proxies, and what AWS calls otherwise.
    private static UpstreamErrorKind KindOf(int status, UpstreamFailure failure) => status switch
    {
        400 or 422 => Refused(failure),
        401 => UpstreamErrorKind.Authentication,
        403 => Denied(failure),
        404 => UpstreamErrorKind.ModelNotFound,
        408 or 504 => UpstreamErrorKind.Timeout,
        413 => UpstreamErrorKind.RequestTooLarge,
        429 => Throttled(failure),
        503 => UpstreamErrorKind.Overloaded,
        424 or 409 => UpstreamErrorKind.Failed,
        >= 400 and < 500 => UpstreamErrorKind.InvalidRequest,
        _ => UpstreamErrorKind.Failed,
    };

    private static UpstreamErrorKind Refused(UpstreamFailure failure)
    {
        // "The maximum tokens you requested exceeds the model limit" is about max_tokens, not about the prompt.
        if (failure.Mentions("too long") || failure.Mentions("maximum number of tokens") || failure.Mentions("exceed context limit")
            || (failure.Mentions("maximum tokens") && !failure.Mentions("you requested")))
        {
            return UpstreamErrorKind.ContextLength;
        }

        return failure.Mentions("model identifier is invalid") || failure.Mentions("on-demand throughput") ? UpstreamErrorKind.ModelNotFound
            : failure.Mentions("content filter") ? UpstreamErrorKind.ContentFilter
            : UpstreamErrorKind.InvalidRequest;
    }

    private static UpstreamErrorKind Throttled(UpstreamFailure failure) =>
        failure.Mentions("per day") ? UpstreamErrorKind.Billing : UpstreamErrorKind.RateLimited;

    // A wrong API key is denied like a model that the account has no access to.
    private static UpstreamErrorKind Denied(UpstreamFailure failure) =>
        failure.Mentions("API key") || failure.Mentions("security token") ? UpstreamErrorKind.Authentication : UpstreamErrorKind.Permission;

    private static UpstreamFailure Failure(string? type, string? message)
    {
        var name = Normalised(type);
        var isQuota = string.Equals(name, "ServiceQuotaExceededException", StringComparison.OrdinalIgnoreCase);
        return new UpstreamFailure(name, null, message, null) { RetryAfter = isQuota ? QuotaWait : null };
    }

    // "com.amazonaws.bedrock#ValidationException:http://internal.amazon.com/…"
    private static string? Normalised(string? type)
    {
        var name = type?.Split(':')[0];
        return name?[(name.LastIndexOf('#') + 1)..].Trim() is { Length: > 0 } word ? word : null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.Given(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
