using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// Reads what the gateway has to know of a <c>chat.completion</c> or of one <c>chat.completion.chunk</c>, in one pass over
/// its top level.
/// </summary>
internal static class ChatFacts
{
    /// <summary>More levels than a caller may send: the deepest thing a model answers is a tool call's nested schema.</summary>
    public const int MaxDepth = 256;

    /// <exception cref="JsonException">Not a JSON object, or not JSON at all.</exception>
    public static AnswerFacts Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("An answer must be a JSON object.");

        var (hasChoices, choices) = (false, new ChoiceFacts());
        string? model = null;
        UsageReport? usage = null, odd = null;
        JsonSlice? errorAt = null, tierAt = null, oddMember = null;
        var cut = new MemberCut(reader.BytesConsumed);

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (nameStart, isUsage) = (reader.TokenStartIndex, false);
            if (reader.Says("choices"u8))
            {
                reader.Read();
                hasChoices = reader.TokenType == JsonTokenType.StartArray;
                if (hasChoices)
                    choices.Read(ref reader);
            }
            else if (reader.Says("model"u8))
            {
                reader.Read();
                model = reader.TextOrNull();
            }
            else if (reader.Says("usage"u8))
            {
                isUsage = true;
                reader.Read();
                usage = reader.TokenType == JsonTokenType.Null ? null : UsageReader.Read(ref reader);
            }
            else if (reader.Says("x_groq"u8))
            {
                reader.Read();
                odd = ReadUsageWithin(ref reader, out oddMember);
            }
            else if (reader.Says("service_tier"u8))
            {
                reader.Read();
                var start = reader.TokenStartIndex;
                tierAt = reader.TokenType == JsonTokenType.String ? JsonSlice.Between(start, reader.BytesConsumed) : null;
            }
            else if (reader.Says("error"u8))
            {
                reader.Read();
                var (start, isNull) = (reader.TokenStartIndex, reader.TokenType == JsonTokenType.Null);
                reader.Skip();
                errorAt = isNull ? null : JsonSlice.Between(start, reader.BytesConsumed);
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
            cut.Add(nameStart, reader.BytesConsumed, isUsage);
        }

        // Reading to the end shows that the rest is JSON too.
        while (reader.Read())
        {
        }

        // What stands where it belongs counts; elsewhere it is the same once more.
        usage = Told(usage) ?? Told(choices.Usage) ?? Told(odd) ?? usage;
        return new AnswerFacts
        {
            IsAnswer = hasChoices,
            HasOutput = choices.HasAny,
            Model = model,
            Usage = tierAt is { } tier ? usage?.InTier(UsageReader.ServiceTier(json.Slice(tier.Start, tier.Length))) : usage,
            UsageMember = cut.Slice,
            OtherUsageMember = choices.UsageMember ?? oddMember,
            ErrorAt = errorAt ?? choices.ErrorAt,
            Repairs = choices.Repairs,
        };
    }

    private static UsageReport? Told(UsageReport? usage) => usage == UsageReport.None ? null : usage;

    // Groq's own object, which has the usage of a stream in it.
    private static UsageReport? ReadUsageWithin(ref Utf8JsonReader reader, out JsonSlice? member)
    {
        member = null;
        if (reader.TokenType != JsonTokenType.StartObject)
            return null;

        UsageReport? usage = null;
        var cut = new MemberCut(reader.BytesConsumed);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (nameStart, isUsage) = (reader.TokenStartIndex, reader.Says("usage"u8));
            reader.Read();
            if (isUsage && reader.TokenType != JsonTokenType.Null)
                usage = UsageReader.Read(ref reader);

            reader.Skip();
            cut.Add(nameStart, reader.BytesConsumed, isUsage);
        }

        member = cut.Slice;
        return usage;
    }

    /// <summary>
    /// A chunk has more than a role: words, a call, a reason to have finished. Servers begin with one that has only a role
    /// before they know whether there will be an answer.
    /// </summary>
    /// <param name="json">Valid JSON.</param>
    public static bool HasContent(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            // Within choices[i] or choices[i].delta; only these levels say something.
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth is not (1 or 3 or 4))
                continue;

            var isChoices = reader.CurrentDepth == 1 && reader.Says("choices"u8);
            var saysNothing = reader.CurrentDepth == 3
                ? !reader.Says("finish_reason"u8) && !reader.Says("message"u8) && !reader.Says("text"u8)
                : reader.Says("role"u8);
            var isDelta = reader.CurrentDepth == 3 && reader.Says("delta"u8);
            reader.Read();
            if (isChoices || isDelta)
                continue;
            if (reader.CurrentDepth <= 1)
                reader.Skip();
            else if (!saysNothing && HasValue(ref reader))
                return true;
            else
                reader.Skip();
        }

        return false;
    }

    private static bool HasValue(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => false,
        JsonTokenType.String => !reader.ValueSpan.IsEmpty,
        JsonTokenType.StartArray => !IsEmptyArray(reader),
        _ => true,
    };

    private static bool IsEmptyArray(Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.EndArray;
}
