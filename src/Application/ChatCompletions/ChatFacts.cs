using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// What the gateway has to know of a <c>chat.completion</c> or of one <c>chat.completion.chunk</c>; read in one pass
/// over its top level.
/// </summary>
public readonly record struct ChatFacts
{
    /// <summary>More levels than a caller may send: the deepest thing a model answers is a tool call's nested schema.</summary>
    public const int MaxDepth = 256;

    public bool HasChoices { get; private init; }

    /// <summary><c>choices</c> is there and not an empty array.</summary>
    public bool HasAnyChoice { get; private init; }
    public string? Model { get; private init; }

    /// <summary>What <c>usage</c> says; null when there is no such member, or it is null.</summary>
    public UsageReport? Usage { get; private init; }

    /// <summary>The stretch to cut out so that the member <c>usage</c> was never there; null when it is not.</summary>
    public JsonSlice? UsageMember { get; private init; }

    /// <summary>Where the value of a top-level <c>error</c> stands; null when there is none, or it is null.</summary>
    public JsonSlice? ErrorAt { get; private init; }

    /// <exception cref="JsonException">Not a JSON object, or not JSON at all.</exception>
    public static ChatFacts Read(ReadOnlySpan<byte> json)
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

        return new ChatFacts
        {
            HasChoices = hasChoices,
            HasAnyChoice = hasAnyChoice,
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
