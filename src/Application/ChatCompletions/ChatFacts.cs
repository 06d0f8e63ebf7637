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

        var (hasChoices, hasAnyChoice) = (false, false);
        string? model = null;
        UsageReport? usage = null;
        JsonSlice? errorAt = null, tierAt = null;

        // Ends and beginnings around the member "usage": what to cut depends on what stands beside it.
        var previousEnd = reader.BytesConsumed;
        long? beforeUsage = null, usageStart = null, usageEnd = null, afterUsage = null;

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = reader.TokenStartIndex;
            if (usageEnd is not null)
                afterUsage ??= nameStart;

            if (reader.Says("choices"u8))
            {
                reader.Read();
                hasChoices = reader.TokenType == JsonTokenType.StartArray;
                hasAnyChoice = hasChoices && !IsEmptyArray(reader);
            }
            else if (reader.Says("model"u8))
            {
                reader.Read();
                model = reader.TokenType == JsonTokenType.String ? TextOrNull(ref reader) : null;
            }
            else if (reader.Says("usage"u8))
            {
                (beforeUsage, usageStart) = (previousEnd, nameStart);
                reader.Read();
                usage = reader.TokenType == JsonTokenType.Null ? null : UsageReader.Read(ref reader);
                (usageEnd, afterUsage) = (reader.BytesConsumed, null);
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
            previousEnd = reader.BytesConsumed;
        }

        // Reading to the end shows that the rest is JSON too.
        while (reader.Read())
        {
        }

        return new AnswerFacts
        {
            IsAnswer = hasChoices,
            HasOutput = hasAnyChoice,
            Model = model,
            Usage = tierAt is { } tier ? usage?.InTier(UsageReader.ServiceTier(json.Slice(tier.Start, tier.Length))) : usage,
            UsageMember = (usageStart, usageEnd, afterUsage) switch
            {
                (null, _, _) => null,
                ({ } start, _, { } next) => JsonSlice.Between(start, next),
                (_, { } end, null) => JsonSlice.Between(beforeUsage!.Value, end),
                _ => null,
            },
            ErrorAt = errorAt,
        };
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

    private static string? TextOrNull(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
