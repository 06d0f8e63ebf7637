using System.Text;
using System.Text.Json;

namespace CleanGateway.Domain.Usage;

/// <summary>What else decides a call's cost, besides its tokens; most calls have nothing of it.</summary>
public sealed record UsageDetails
{
    private static readonly UsageDetails None = new();

    /// <summary>Part of the prompt, written to the provider's cache for the usual time.</summary>
    public long CacheWriteTokens { get; init; }

    /// <summary>Part of the prompt, written to the provider's cache for an hour.</summary>
    public long CacheWrite1hTokens { get; init; }

    /// <summary>Part of the prompt.</summary>
    public long AudioInputTokens { get; init; }

    /// <summary>Part of the prompt.</summary>
    public long ImageInputTokens { get; init; }

    /// <summary>Part of the completion.</summary>
    public long AudioOutputTokens { get; init; }

    /// <summary>Part of the completion.</summary>
    public long ImageOutputTokens { get; init; }

    public long WebSearches { get; init; }

    /// <summary><c>low</c>, <c>medium</c> or <c>high</c>; null counts as medium.</summary>
    public string? SearchContextSize { get; init; }

    /// <summary>The tier the provider says it used, in its own word; null is the usual one.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Where the provider says it worked the answer out, where that has a price.</summary>
    public string? InferenceGeo { get; init; }

    /// <summary><c>fast</c> has a price.</summary>
    public string? Speed { get; init; }

    /// <summary>The region of an endpoint that keeps data there: <c>eu</c> or <c>us</c>.</summary>
    public string? Region { get; init; }

    /// <summary>Answered within a batch, not at once.</summary>
    public bool Batch { get; init; }

    /// <summary>Seconds of speech or video.</summary>
    public decimal Seconds { get; init; }

    /// <summary>Characters to be spoken.</summary>
    public long Characters { get; init; }

    /// <summary>Pictures that were made.</summary>
    public long Images { get; init; }

    /// <summary>Width times height of each.</summary>
    public long PixelsPerImage { get; init; }

    /// <summary>Searches of a reranking.</summary>
    public long Queries { get; init; }

    /// <summary>Null where there is nothing, so that nothing has one form.</summary>
    public UsageDetails? OrNull() => this == None ? null : this;

    /// <summary>JSON object of what is there.</summary>
    public string ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var (name, count) in Counts())
            {
                if (count != 0)
                    json.WriteNumber(name, count);
            }

            foreach (var (name, word) in Words())
            {
                if (word is not null)
                    json.WriteString(name, word);
            }

            if (Batch)
                json.WriteBoolean("batch", true);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private IEnumerable<(string Name, decimal Count)> Counts() =>
    [
        ("cache_write_tokens", CacheWriteTokens), ("cache_write_1h_tokens", CacheWrite1hTokens),
        ("audio_input_tokens", AudioInputTokens), ("image_input_tokens", ImageInputTokens),
        ("audio_output_tokens", AudioOutputTokens), ("image_output_tokens", ImageOutputTokens),
        ("web_searches", WebSearches), ("seconds", Seconds), ("characters", Characters),
        ("images", Images), ("pixels_per_image", PixelsPerImage), ("queries", Queries),
    ];

    private IEnumerable<(string Name, string? Word)> Words() =>
    [
        ("search_context_size", SearchContextSize), ("service_tier", ServiceTier), ("inference_geo", InferenceGeo), ("speed", Speed),
        ("region", Region),
    ];
}
