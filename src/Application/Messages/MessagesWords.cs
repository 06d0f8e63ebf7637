using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;

namespace CleanGateway.Application.Messages;

/// <summary>What the model says in a message, or in one event of it.</summary>
internal static class MessagesWords
{
    /// <summary>Bytes of its texts, its thinking, and what it calls tools with.</summary>
    /// <param name="json">Valid JSON.</param>
    public static long BytesSaid(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        var bytes = 0L;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;

            if (reader.Says("text"u8) || reader.Says("thinking"u8) || reader.Says("partial_json"u8))
            {
                reader.Read();
                bytes += reader.TokenType == JsonTokenType.String ? reader.ValueSpan.Length : 0;
            }
            else if (reader.Says("input"u8))
            {
                reader.Read();
                var start = reader.TokenStartIndex;
                reader.Skip();
                bytes += reader.BytesConsumed - start is var length and > 2 ? length : 0;   // more than {}
            }
        }

        return bytes;
    }
}
