using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// Changes the members around a message that the place it is sent to wants otherwise; every other byte stays the caller's.
/// </summary>
internal static class AnthropicBody
{
    // What callers' bodies are held to.
    private const int MostDepth = 64;

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="body">A JSON object that is not empty.</param>
    /// <param name="edits">Those that are made anyway; none within a member that goes.</param>
    /// <param name="beta">The caller's <c>anthropic-beta</c>.</param>
    public static ReadOnlyMemory<byte> Fit(ReadOnlyMemory<byte> body, AnthropicSurface surface, string? beta, JsonEdits edits, bool keepsModel,
        bool keepsThinking = true)
    {
        var goes = new List<string>(4);
        if (!keepsModel)
            goes.Add("model");
        if (!surface.StreamInBody)
            goes.Add("stream");
        if (surface.BodyVersion is not null)
            goes.Add("anthropic_version");
        if (surface.BetasInBody)
            goes.Add("anthropic_beta");
        if (!keepsThinking)
            goes.Add("thinking");
        if (goes.Count == 0)
            return edits.ApplyTo(body);

        var members = MembersOf(body.Span);
        if (surface.BodyVersion is not null)
            edits.Replace(new JsonSlice(members[0].Start, 0), Added(surface, beta, members.Exists(member => !goes.Contains(member.Name))));
        foreach (var gap in Gaps(members, goes))
            edits.Replace(gap, default);
        return edits.ApplyTo(body);
    }

    // The members of the surface, with the comma behind them where others follow.
    private static byte[] Added(AnthropicSurface surface, string? beta, bool othersFollow)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            surface.WriteTo(json, beta);
            json.WriteEndObject();
        }

        var inner = buffer.WrittenSpan[1..^1];
        return othersFollow ? [.. inner, (byte)','] : inner.ToArray();
    }

    // A member goes with the comma behind it; where none that stays is behind it, with the one before it.
    private static IEnumerable<JsonSlice> Gaps(List<Member> members, List<string> goes)
    {
        var last = members.FindLastIndex(member => !goes.Contains(member.Name));
        for (var index = 0; index < last; index++)
        {
            if (goes.Contains(members[index].Name))
                yield return JsonSlice.Between(members[index].Start, members[index + 1].Start);
        }

        if (last + 1 < members.Count)
            yield return JsonSlice.Between(last < 0 ? members[0].Start : members[last].End, members[^1].End);
    }

    private static List<Member> MembersOf(ReadOnlySpan<byte> json)
    {
        var members = new List<Member>(16);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (start, name) = ((int)reader.TokenStartIndex, NameOf(ref reader));
            reader.Read();
            reader.Skip();
            members.Add(new Member(name, start, (int)reader.BytesConsumed));
        }

        return members;
    }

    // A name with half of a surrogate pair in it is none of ours.
    private static string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private readonly record struct Member(string Name, int Start, int End);
}
