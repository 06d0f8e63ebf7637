using System.Globalization;
using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>What Google's errors (<c>google.rpc.Status</c>, also within an array) say and mean.</summary>
internal static class GeminiErrors
{
    private static readonly UpstreamFailure Nothing = new(null, null, null, null);

    public static UpstreamFailure Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return Find(JsonElement.ParseValue(ref reader)) ?? UpstreamFailure.Read(body);
        }
        catch (Exception notJson) when (notJson is JsonException or InvalidOperationException)
        {
            return Nothing;
        }
    }

    /// <returns>Null when it is no error.</returns>
    /// <exception cref="InvalidOperationException">It is not of Google's form.</exception>
    public static UpstreamFailure? Find(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
            root = root.EnumerateArray().FirstOrDefault(item => item.Has("error"));

        return root.Has("error") && root.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? ReadError(error) : null;
    }

    /// <inheritdoc cref="IDialect.KindOf"/>
    public static UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => failure.Type switch
    {
        "INVALID_ARGUMENT" or "OUT_OF_RANGE" or "ALREADY_EXISTS" => BadRequest(failure),
        "FAILED_PRECONDITION" or "PERMISSION_DENIED" => UpstreamErrorKind.Permission,
        "UNAUTHENTICATED" => UpstreamErrorKind.Authentication,
        "NOT_FOUND" => UpstreamErrorKind.ModelNotFound,
        "RESOURCE_EXHAUSTED" => IsUsedUp(failure) ? UpstreamErrorKind.Billing : UpstreamErrorKind.RateLimited,
        "UNAVAILABLE" => UpstreamErrorKind.Overloaded,
        "DEADLINE_EXCEEDED" => UpstreamErrorKind.Timeout,
        "ABORTED" or "CANCELLED" or "UNKNOWN" or "INTERNAL" or "DATA_LOSS" or "UNIMPLEMENTED" => UpstreamErrorKind.Failed,
        _ => KindOf(InnerStatus(failure) ?? status ?? 500, failure),
    };

    // Without Google's word for it: what stands before Google answered, or its token server did.
    private static UpstreamErrorKind KindOf(int status, UpstreamFailure failure) => status switch
    {
        401 => UpstreamErrorKind.Authentication,
        402 => UpstreamErrorKind.Billing,
        403 => UpstreamErrorKind.Permission,
        404 => UpstreamErrorKind.ModelNotFound,
        408 or 504 => UpstreamErrorKind.Timeout,
        409 or 499 => UpstreamErrorKind.Failed,
        413 => UpstreamErrorKind.RequestTooLarge,
        429 => IsUsedUp(failure) ? UpstreamErrorKind.Billing : UpstreamErrorKind.RateLimited,
        503 => UpstreamErrorKind.Overloaded,
        >= 400 and < 500 => BadRequest(failure),
        _ => UpstreamErrorKind.Failed,
    };

    private static int? InnerStatus(UpstreamFailure failure) =>
        int.TryParse(failure.Type, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 400 and <= 599 ? code : null;

    private static UpstreamErrorKind BadRequest(UpstreamFailure failure)
    {
        if (failure.Code == "API_KEY_INVALID" || failure.Mentions("API key not valid") || failure.Mentions("API key expired"))
            return UpstreamErrorKind.Authentication;

        return failure.Mentions("exceeds the maximum number of tokens") || failure.Mentions("input token count")
            ? UpstreamErrorKind.ContextLength
            : UpstreamErrorKind.InvalidRequest;
    }

    // The Gemini API names "billing details" in every such message: where it says when to come back, it is a rate.
    private static bool IsUsedUp(UpstreamFailure failure) =>
        (failure.Code?.Contains("PerDay", StringComparison.Ordinal) ?? false) || failure.Mentions("limit: 0,") || failure.Mentions("limit: 0\n")
        || (failure.RetryAfter is null && failure.Code is null && !failure.Mentions("retry in") && failure.Mentions("billing"));

    private static UpstreamFailure ReadError(JsonElement error)
    {
        var details = error.Items("details").ToList();
        var quotas = Of(details, "QuotaFailure")
            .SelectMany(detail => detail.Items("violations")).Select(item => item.TextOf("quotaId")).OfType<string>().ToList();
        var reason = quotas.Find(quota => quota.Contains("PerDay", StringComparison.Ordinal)) ?? quotas.FirstOrDefault()
            ?? Of(details, "ErrorInfo").Select(detail => detail.TextOf("reason")).FirstOrDefault();
        var field = Of(details, "BadRequest")
            .SelectMany(detail => detail.Items("fieldViolations")).Select(item => item.TextOf("field")).FirstOrDefault();
        var wait = Of(details, "RetryInfo").Select(detail => Duration(detail.TextOf("retryDelay"))).FirstOrDefault();
        var code = error.Has("code") && error.GetProperty("code").ValueKind is JsonValueKind.Number ? error.GetProperty("code").GetRawText() : null;
        return new UpstreamFailure(error.TextOf("status") ?? code, reason, error.TextOf("message"), field) { RetryAfter = wait };
    }

    private static IEnumerable<JsonElement> Of(List<JsonElement> details, string type) =>
        details.Where(detail => detail.TextOf("@type")?.EndsWith($".{type}", StringComparison.Ordinal) ?? false);

    // google.protobuf.Duration in JSON: seconds with up to nine digits behind the point, and an s.
    private static TimeSpan? Duration(string? text) =>
        text is { Length: > 1 } && text[^1] == 's'
        && double.TryParse(text.AsSpan(..^1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
