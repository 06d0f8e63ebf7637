using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>For callers of Anthropic's own API: every byte as it comes, until the event that says it was the last.</summary>
internal sealed class AnthropicEvents : IAnswerReader
{
    private const string Last = "message_stop";

    /// <summary>It remembers nothing: one for all calls.</summary>
    public static AnthropicEvents Instance { get; } = new();

    private AnthropicEvents() { }

    public void Begin(HttpResponseHeaders headers) { }

    public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure)
    {
        failure = null;
        return body;
    }

    public void Read(UpstreamEvent item, AnswerEvents answer)
    {
        // Clients sort events by the names they are sent under, and ignore those without one.
        var name = item.Name ?? TypeOf(item.Data.Span);
        answer.Add(item.Data, name);
        if (name == Last)
            answer.Terminate();
    }

    public void End(AnswerEvents answer) { }

    /// <summary>What an event says it is: its name, where the framing has none.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static string? TypeOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("An event must be a JSON object.");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType)
                return reader.TokenType == JsonTokenType.String && IsWord(reader.ValueSpan) ? reader.GetString() : null;

            reader.Skip();
        }

        return null;
    }

    // It becomes a line of the caller's stream.
    private static bool IsWord(ReadOnlySpan<byte> name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'_' or (byte)'-' or (byte)'.'))
                return false;
        }

        return name.Length is > 0 and <= 64;
    }
}
