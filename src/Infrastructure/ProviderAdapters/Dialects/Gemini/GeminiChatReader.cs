using System.Globalization;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>
/// Reads what <c>generateContent</c> answers, whole or in chunks: both are of one form, and a chunk holds what is new. Why a
/// candidate ended is told at the end only, since what still comes may change it.
/// </summary>
internal sealed class GeminiChatReader(string model, GeminiNames names, ThoughtOwner owner, DialectServices services) : TranslatedChat
{
    private readonly SortedDictionary<int, GeminiCandidate> candidates = [];
    private JsonElement? usage;
    private string? traffic;
    private bool begun;
    private bool isBlocked;

    /// <summary>How many candidates were asked for.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>What is spoken is to be a WAV file.</summary>
    public bool WantsWave { get; init; }

    /// <summary>Each query of a grounded answer is charged, not the answer.</summary>
    public bool IsChargedPerQuery { get; init; }

    protected override UpstreamFailure? ReadWhole(JsonElement root, WholeChat answer)
    {
        if (Take(root, answer) is { } failure)
            return failure;
        if (!root.Has("candidates") && !root.Has("promptFeedback") && !root.Has("usageMetadata"))
            throw new InvalidDataException("It has nothing of what an answer has.");

        Finish(answer);
        return null;
    }

    protected override UpstreamFailure? ReadEvent(string? name, JsonElement root, ChatChunks answer) => Take(root, answer);

    // There is no last event: it was all when every candidate that was asked for has ended. A blocked prompt has but one answer.
    protected override void ReadEnd(ChatChunks answer)
    {
        if (candidates.Count < (isBlocked ? 1 : Choices) || candidates.Values.Any(candidate => candidate.FinishReason is null))
            return;

        Finish(answer);
        answer.End();
    }

    private UpstreamFailure? Take(JsonElement root, ChatAnswer answer)
    {
        if (GeminiErrors.Find(root) is { } failure)
            return failure;

        Begin(root, answer);
        foreach (var candidate in root.Items("candidates"))
        {
            var index = (int)(candidate.Count("index") ?? 0);
            if (Take(index, candidate, Of(index), answer) is { } broken)
                return broken;
        }

        if (candidates.Count == 0 && IsBlocked(root))
        {
            isBlocked = true;
            answer.Role(0);
            Of(0).FinishReason = "PROHIBITED_CONTENT";
        }

        TakeUsage(root);
        return null;
    }

    private void Begin(JsonElement root, ChatAnswer answer)
    {
        if (begun)
            return;

        var now = services.Clock.GetUtcNow();
        var created = DateTimeOffset.TryParse(root.TextOf("createTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var told)
            ? told
            : now;
        answer.Begin(
            root.TextOf("responseId") is { Length: > 0 } id ? id : $"chatcmpl-{Guid.CreateVersion7(now):N}",
            root.TextOf("modelVersion") is { Length: > 0 } version ? version : model, created.ToUnixTimeSeconds());
        begun = true;
    }

    private GeminiCandidate Of(int index)
    {
        if (!candidates.TryGetValue(index, out var candidate))
            candidates[index] = candidate = new GeminiCandidate();
        return candidate;
    }

    private UpstreamFailure? Take(int index, JsonElement said, GeminiCandidate candidate, ChatAnswer answer)
    {
        answer.Role(index);
        if (said.Has("content"))
        {
            foreach (var part in said.GetProperty("content").Items("parts"))
                TakePart(index, part, candidate, answer);
        }

        if (said.Has("logprobsResult") && GeminiLogprobs.Read(said.GetProperty("logprobsResult")) is { } logprobs)
            answer.Logprobs(index, logprobs);
        if (said.Has("groundingMetadata"))
            candidate.Grounding = said.GetProperty("groundingMetadata");
        if (said.Has("citationMetadata"))
            candidate.Citations = said.GetProperty("citationMetadata");
        if (said.TextOf("finishReason") is not { Length: > 0 } reason)
            return null;

        // A call that the model could not spell is an answer to nothing.
        candidate.FinishReason = reason;
        return IsBroken(reason) && !candidate.HasSpoken ? new UpstreamFailure(reason, null, said.TextOf("finishMessage"), null) : null;
    }

    private void TakePart(int index, JsonElement part, GeminiCandidate candidate, ChatAnswer answer)
    {
        if (part.TextOf("text") is { } text)
        {
            if (part.IsTrue("thought"))
                answer.Reasoning(index, text);
            else
                Say(index, text, candidate, answer);
        }
        else if (part.Has("functionCall"))
        {
            candidate.HasSpoken = true;
            TakeCall(index, part.GetProperty("functionCall"), part.TextOf("thoughtSignature"), answer);
        }
        else if (part.Has("inlineData"))
        {
            candidate.HasSpoken = true;
            TakeMedia(index, part.GetProperty("inlineData"), candidate, answer);
        }
        else if (part.Has("executableCode"))
        {
            var code = part.GetProperty("executableCode");
            Say(index, $"\n```{code.TextOf("language")?.ToLowerInvariant()}\n{code.TextOf("code")?.TrimEnd('\n')}\n```\n", candidate, answer);
        }
        else if (part.Has("codeExecutionResult"))
        {
            Say(index, $"\n```\n{part.GetProperty("codeExecutionResult").TextOf("output")?.TrimEnd('\n')}\n```\n", candidate, answer);
        }
    }

    private static void Say(int index, string text, GeminiCandidate candidate, ChatAnswer answer)
    {
        if (text.Length == 0)
            return;

        candidate.HasSpoken = true;
        candidate.Text.Append(text);
        answer.Text(index, text);
    }

    private void TakeCall(int index, JsonElement call, string? signature, ChatAnswer answer)
    {
        var id = call.TextOf("id") is { Length: > 0 } given
            ? given
            : $"{GeminiContents.OwnIdPrefix}{Guid.CreateVersion7(services.Clock.GetUtcNow()):N}";
        ReadOnlyMemory<byte>? extra = null;
        if (signature is { Length: > 0 })
        {
            services.Thoughts.Keep(owner, id, [new ThinkingBlock(null, signature, null)]);
            extra = JsonSerializer.SerializeToUtf8Bytes(new { google = new { thought_signature = signature } });
        }

        var number = answer.Call(index, id, names.ToCaller(call.TextOf("name") ?? ""), extra);
        if (call.Has("args"))
            answer.Arguments(index, number, call.GetProperty("args").GetRawText());
        answer.EndCall(index, number);
    }

    private void TakeMedia(int index, JsonElement data, GeminiCandidate candidate, ChatAnswer answer)
    {
        var media = new Media(data.TextOf("mimeType") ?? "", data.TextOf("data") ?? "");
        if (media.MediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase))
            answer.Picture(index, media);
        else if (media.MediaType.StartsWith("audio/", StringComparison.OrdinalIgnoreCase))
            candidate.Take(index, media, WantsWave, answer);
    }

    private static bool IsBlocked(JsonElement root) =>
        root.Has("promptFeedback")
        && root.GetProperty("promptFeedback").TextOf("blockReason") is not (null or "" or "BLOCKED_REASON_UNSPECIFIED" or "BLOCK_REASON_UNSPECIFIED");

    private void TakeUsage(JsonElement root)
    {
        if (!root.Has("usageMetadata"))
            return;

        var said = root.GetProperty("usageMetadata");
        traffic = said.TextOf("trafficType") ?? traffic;
        if (GeminiUsage.IsCounted(said))
            usage = said;
    }

    private void Finish(ChatAnswer answer)
    {
        foreach (var (index, candidate) in candidates)
        {
            candidate.EndSounds(index, answer);
            new GeminiSources(candidate.Text.ToString()).Tell(index, candidate, answer);
            answer.Finish(index, ReasonOf(candidate.FinishReason, answer.HasCalls(index)));
        }

        var searches = candidates.Values.Sum(candidate => GeminiSources.Searches(candidate.Grounding, IsChargedPerQuery));
        if (usage is { } counted)
            answer.Usage = GeminiUsage.Read(counted, traffic, searches);
    }

    private static bool IsBroken(string reason) =>
        reason is "MALFORMED_FUNCTION_CALL" or "UNEXPECTED_TOOL_CALL" or "TOO_MANY_TOOL_CALLS" or "MALFORMED_RESPONSE";

    // Google has no reason of its own for calls, and in a stream tells them long before the end.
    private static string ReasonOf(string? reason, bool hasCalls) => reason switch
    {
        "MAX_TOKENS" or "CONTINUATION" => "length",
        "SAFETY" or "RECITATION" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "LANGUAGE" or "IMAGE_SAFETY" or "IMAGE_PROHIBITED_CONTENT"
            or "IMAGE_RECITATION" => "content_filter",
        null or "STOP" or "FINISH_REASON_UNSPECIFIED" when hasCalls => "tool_calls",
        _ => "stop",
    };
}
