using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;

namespace CleanGateway.Application.Inference;

/// <summary>
/// About how many tokens an answer has, for calls whose provider did not count: four bytes of what was said make a token
/// on average, and a stream's event brings at least one.
/// </summary>
internal static class OutputEstimate
{
    private const int BytesPerToken = 4;

    /// <summary>Bytes of text in the choices of a <c>chat.completion</c> or of one chunk of it.</summary>
    /// <param name="json">Valid JSON.</param>
    public static long BytesSaid(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        var bytes = 0L;
        var (inChoices, isText) = (false, false);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.CurrentDepth == 1)
                    inChoices = reader.Says("choices"u8);
                isText = inChoices && IsSaid(ref reader);
            }
            else if (reader.TokenType == JsonTokenType.String && isText)
            {
                bytes += reader.ValueSpan.Length;
            }
        }

        return bytes;
    }

    public static long Tokens(long bytesSaid, long events = 0) => Math.Max((bytesSaid + BytesPerToken - 1) / BytesPerToken, events);

    private static bool IsSaid(ref Utf8JsonReader reader) =>
        reader.Says("content"u8) || reader.Says("refusal"u8) || reader.Says("reasoning_content"u8) || reader.Says("reasoning"u8)
        || reader.Says("arguments"u8) || reader.Says("text"u8);
}
