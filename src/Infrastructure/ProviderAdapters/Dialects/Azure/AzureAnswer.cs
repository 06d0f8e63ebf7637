using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Azure;

/// <summary>
/// Azure begins a stream with what its filter thinks of the prompt, in a chunk that has no id, no model and no choice.
/// Clients take the first chunk's id for the answer's: they never see that one.
/// </summary>
internal sealed class AzureAnswer(IAnswerReader answer) : IAnswerReader
{
    private bool begun;

    public void Begin(HttpResponseHeaders headers) => answer.Begin(headers);

    public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure) => answer.ReadWhole(body, out failure);

    public void Read(UpstreamEvent item, AnswerEvents events)
    {
        if (!begun && IsOnlyOfTheFilter(item.Data.Span))
            return;

        begun = true;
        answer.Read(item, events);
    }

    public void End(AnswerEvents events) => answer.End(events);

    private static bool IsOnlyOfTheFilter(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (json.IsEmpty || json[0] != (byte)'{' || !reader.Read())
            return false;

        var (hasNoId, hasNoChoice) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isId, isChoices) = (reader.ValueTextEquals("id"u8), reader.ValueTextEquals("choices"u8));
            reader.Read();
            if (isId)
                hasNoId = reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty;
            if (isChoices)
                hasNoChoice = reader.TokenType == JsonTokenType.StartArray && IsEmpty(reader);
            reader.Skip();
        }

        return hasNoId && hasNoChoice;
    }

    private static bool IsEmpty(Utf8JsonReader array) => array.Read() && array.TokenType == JsonTokenType.EndArray;
}
