using System.Text.Json;
using CleanGateway.Application.Common;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// About how many tokens a prompt has, for calls whose provider never told: four bytes of text make a token on average,
/// and pictures and sounds, which come as long strings of base64, count as one fixed amount each.
/// </summary>
internal static class PromptEstimate
{
    private const int BytesPerToken = 4;

    // Of the order of what a picture of moderate size, or half a minute of speech, is billed as.
    private const int TokensPerMedium = 1000;

    /// <param name="messages">Valid JSON.</param>
    public static long Of(ReadOnlySpan<byte> messages)
    {
        var reader = new Utf8JsonReader(messages, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        var (bytes, media) = (0L, 0L);
        var isData = false;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                isData = reader.Says("data"u8) || reader.Says("file_data"u8);
                continue;
            }

            if (reader.TokenType != JsonTokenType.String)
                continue;

            if (isData || reader.ValueSpan.StartsWith("data:"u8))
                media++;
            else
                bytes += reader.ValueSpan.Length;
        }

        return (bytes + BytesPerToken - 1) / BytesPerToken + media * TokensPerMedium;
    }
}
