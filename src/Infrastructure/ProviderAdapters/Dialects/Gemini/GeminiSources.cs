using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Tells the sources that an answer is grounded on. Google counts places in UTF-8's bytes, OpenAI in characters.</summary>
internal sealed class GeminiSources(string text)
{
    private readonly byte[] bytes = Encoding.UTF8.GetBytes(text);

    public void Tell(int choice, GeminiCandidate candidate, ChatAnswer answer)
    {
        if (candidate.Grounding is { } grounding)
            TellGrounding(choice, grounding, answer);
        foreach (var item in candidate.Citations?.Items("citations") ?? [])
        {
            if (item.TextOf("uri") is { Length: > 0 } url)
                answer.Citation(choice, url, item.TextOf("title") ?? url, Place(item.Count("startIndex") ?? 0), Place(item.Count("endIndex") ?? 0));
        }
    }

    /// <summary>Searches that are charged for an answer: one, or one for each query.</summary>
    public static long Searches(JsonElement? grounding, bool perQuery)
    {
        if (grounding is not { } given || !given.Has("webSearchQueries"))
            return 0;

        var queries = given.GetProperty("webSearchQueries").GetArrayLength();
        return perQuery ? queries : Math.Min(queries, 1);
    }

    private void TellGrounding(int choice, JsonElement grounding, ChatAnswer answer)
    {
        var chunks = grounding.Items("groundingChunks").Select(chunk => chunk.Has("web") ? chunk.GetProperty("web") : default).ToList();
        var supports = grounding.Items("groundingSupports").ToList();
        foreach (var support in supports)
        {
            var (start, end) = PlaceOf(support);
            var indices = support.Has("groundingChunkIndices") ? support.GetProperty("groundingChunkIndices").EnumerateArray() : default;
            foreach (var index in indices.Select(item => item.GetInt32()).Where(index => index >= 0 && index < chunks.Count))
                Tell(choice, chunks[index], start, end, answer);
        }

        // Without a word of which belongs where: to all of it.
        if (supports.Count == 0)
            chunks.ForEach(chunk => Tell(choice, chunk, 0, text.Length, answer));
    }

    private static void Tell(int choice, JsonElement web, int start, int end, ChatAnswer answer)
    {
        if (web.TextOf("uri") is { Length: > 0 } url)
            answer.Citation(choice, url, web.TextOf("title") ?? url, start, end);
    }

    private (int Start, int End) PlaceOf(JsonElement support)
    {
        if (!support.Has("segment"))
            return (0, text.Length);

        var segment = support.GetProperty("segment");
        var (start, end) = (Place(segment.Count("startIndex") ?? 0), Place(segment.Count("endIndex") ?? 0));
        if (segment.TextOf("text") is not { Length: > 0 } words || (end >= start && text.AsSpan(start, end - start).SequenceEqual(words)))
            return (start, end);

        // Counted within a part that did not begin the text: the words themselves tell.
        var found = text.IndexOf(words, StringComparison.Ordinal);
        return found < 0 ? (start, Math.Max(start, end)) : (found, found + words.Length);
    }

    private int Place(long offset) => Encoding.UTF8.GetCharCount(bytes, 0, (int)Math.Clamp(offset, 0, bytes.Length));
}
