using System.Text.Json;
using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>
/// What an upstream says went wrong, in whichever of the known shapes: <c>{"error":{…}}</c>, <c>{"error":"…"}</c>,
/// <c>{"message":…}</c>, <c>{"detail":…}</c>. Anything else, a web page for example, says nothing.
/// </summary>
internal sealed partial record UpstreamFailure(string? Type, string? Code, string? Message, string? Param)
{
    /// <summary>A second code within the error, as Azure has it.</summary>
    public string? InnerCode { get; init; }

    /// <summary>When to try again, where the body says it.</summary>
    public TimeSpan? RetryAfter { get; init; }

    private const int LongestMessage = 1000;

    private static readonly UpstreamFailure Nothing = new(null, null, null, null);

    public static UpstreamFailure Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : Nothing;
        }
        catch (Exception notJson) when (notJson is JsonException or InvalidOperationException)
        {
            return Nothing;
        }
    }

    /// <summary>
    /// The message without anything that looks like a credential, and not too long; null when it tells of the inside of
    /// the provider or of the gateway's network, which is no caller's business.
    /// </summary>
    public string? SafeMessage(string? apiKey)
    {
        if (string.IsNullOrWhiteSpace(Message))
            return null;

        var safe = Message;
        if (apiKey is { Length: > 3 })
        {
            safe = safe.Replace(apiKey, "***", StringComparison.OrdinalIgnoreCase);
            safe = safe.Replace(Uri.EscapeDataString(apiKey), "***", StringComparison.OrdinalIgnoreCase);
        }

        safe = LooksLikeCredential().Replace(safe, "***");
        if (LooksInternal().IsMatch(safe))
            return null;

        if (safe.Length <= LongestMessage)
            return safe;

        // Not in the middle of a surrogate pair.
        var end = char.IsHighSurrogate(safe[LongestMessage - 1]) ? LongestMessage - 1 : LongestMessage;
        return safe[..end] + "…";
    }

    /// <summary>The code, if it is a word as codes are: it becomes a metric's label.</summary>
    public string? SafeCode(string? apiKey) =>
        Code is not null && IsWord().IsMatch(Code) && !LooksLikeCredential().IsMatch(Code)
        && (apiKey is null || !Code.Contains(apiKey, StringComparison.Ordinal)) ? Code : null;

    /// <summary>The parameter that was wrong, cleaned like the message.</summary>
    public string? SafeParam(string? apiKey) => (this with { Message = Param }).SafeMessage(apiKey);

    /// <summary>The word is in the message, whatever its case.</summary>
    public bool Mentions(string words) => Message?.Contains(words, StringComparison.OrdinalIgnoreCase) ?? false;

    private static UpstreamFailure Read(JsonElement root)
    {
        if (TryFindError(root, out var error))
        {
            if (error.ValueKind == JsonValueKind.String)
                return Nothing with { Message = error.GetString() };
            if (error.ValueKind == JsonValueKind.Object)
                root = error;
        }

        var message = Text(root, "message");
        if (message is null && root.TryGetProperty("detail", out var detail))
            message = detail.ValueKind == JsonValueKind.String ? detail.GetString() : detail.GetRawText();

        return new UpstreamFailure(Text(root, "type"), Text(root, "code"), message, Text(root, "param"))
        {
            InnerCode = root.TryGetProperty("innererror", out var inner) && inner.ValueKind == JsonValueKind.Object ? Text(inner, "code") : null,
        };
    }

    // Where it belongs; in the response that an event is about; in a choice.
    private static bool TryFindError(JsonElement root, out JsonElement error)
    {
        if (root.TryGetProperty("error", out error))
            return true;

        if (root.TryGetProperty("response", out var response) && response.ValueKind == JsonValueKind.Object)
            return response.TryGetProperty("error", out error);

        if (!root.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array)
            return false;

        foreach (var choice in choices.EnumerateArray())
        {
            var says = choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty("error", out error);
            if (says && error.ValueKind is JsonValueKind.Object or JsonValueKind.String)
                return true;
        }

        return false;
    }

    private static string? Text(JsonElement element, string name) => !element.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    private static partial Regex IsWord();

    // Stack traces, web pages, and the names and numbers of hosts.
    [GeneratedRegex(
        @"<\s*(html|body|head|!doctype)\b|\bTraceback\b|\bFile ""[^""]+"", line \d|^\s+at [\w.$<>]+\("
        + @"|\b\d{1,3}(\.\d{1,3}){3}\b|\b[\w-]+\.(openai\.azure\.com|cognitiveservices\.azure\.com|internal|local|svc)\b",
        RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex LooksInternal();

    // Keys as vendors make them, also shortened as in "Incorrect API key provided: sk-ab***yz", tokens, and addresses; and
    // what names an account at a cloud: Amazon's resources and hosts, Google's projects and service accounts, Azure's hosts.
    [GeneratedRegex(
        @"\b(sk|pk|rk|gw|gwa|xai|gsk|hf|key|org|proj)[-_][A-Za-z0-9_\-*\.…]{4,}|\bBearer\s+\S+|\bAKIA[0-9A-Z]{8,}|\bAIza[A-Za-z0-9_-]{8,}|https?://\S+"
        + @"|\bBasic\s+[A-Za-z0-9+/=]{8,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9._-]+|\b[A-Za-z0-9_-]{2,}(\.{3}|…|\*{2,})[A-Za-z0-9_-]*"
        + @"|(?-i:\bASIA[0-9A-Z]{8,})|\bya29\.[\w.-]+|\barn:\S+|\bprojects/[^/\s""'`]+|\bproject_number:\d+"
        + @"|\b[\w.+-]+@[\w.-]+\.iam\.gserviceaccount\.com\b|\b[\w.-]+\.(amazonaws\.com(\.cn)?|services\.ai\.azure\.com)\b\S*",
        RegexOptions.IgnoreCase)]
    private static partial Regex LooksLikeCredential();
}
