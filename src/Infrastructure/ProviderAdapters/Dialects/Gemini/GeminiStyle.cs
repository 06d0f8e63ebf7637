namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>In which of its possible ways a request is said: what one model refuses, another wants.</summary>
/// <param name="JsonSchemas">Schemas as they are, else as OpenAPI has them.</param>
/// <param name="AsksForThoughts">Thoughts are asked for although the caller has said nothing of reasoning.</param>
/// <param name="Signatures">Signatures are sent back as they came, else the one that switches their check off.</param>
internal sealed record GeminiStyle(bool JsonSchemas, bool AsksForThoughts, bool Signatures)
{
    /// <returns>How to say it after a refusal; null when another way would not help.</returns>
    public GeminiStyle? After(UpstreamFailure refusal)
    {
        var other = this with
        {
            JsonSchemas = JsonSchemas && !(refusal.Mentions("JsonSchema") || refusal.Mentions("json_schema")),
            AsksForThoughts = AsksForThoughts
                && !(refusal.Mentions("thinking") || refusal.Mentions("include_thoughts") || refusal.Mentions("includeThoughts")),
            Signatures = Signatures
                && !(refusal.Mentions("thought_signature") || refusal.Mentions("thought signature") || refusal.Mentions("thoughtSignature")),
        };
        return other == this ? null : other;
    }
}
