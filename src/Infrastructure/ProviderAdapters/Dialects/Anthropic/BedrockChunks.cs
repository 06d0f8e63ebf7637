using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>InvokeModel wraps each event of a model's stream: <c>{"bytes":"…"}</c>, in base64. Whole answers come as they are.</summary>
internal sealed class BedrockChunks(IAnswerReader inner) : IAnswerReader
{
    public void Begin(HttpResponseHeaders headers) => inner.Begin(headers);

    public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure) => inner.ReadWhole(body, out failure);

    public void Read(UpstreamEvent item, AnswerEvents answer)
    {
        if (Unwrap(item.Data.Span) is { } bytes)
            inner.Read(new UpstreamEvent(bytes, IsError: false, AnthropicEvents.TypeOf(bytes)), answer);
    }

    public void End(AnswerEvents answer) => inner.End(answer);

    private static byte[]? Unwrap(ReadOnlySpan<byte> json)
    {
        byte[]? bytes = null;
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A chunk must be a JSON object.");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isBytes = reader.ValueTextEquals("bytes"u8);
            reader.Read();
            if (isBytes && (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out bytes)))
                throw new JsonException("The bytes of a chunk must be base64.");

            reader.Skip();
        }

        return bytes;
    }
}
