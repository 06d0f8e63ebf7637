using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// The most tokens that a request's input can be. Tokens are made of whole bytes, so text has no more of them than bytes;
/// what surrounds it in the request is more than what a provider puts around it. Media are billed by other measures, for
/// each of which there is a most.
/// </summary>
/// <param name="Tokens">No more than these.</param>
internal readonly record struct PromptBound(long Tokens, bool HasAudio, bool HasPictures)
{
    // What a provider may add by itself to any prompt, and to one with tools.
    private const long Overhead = 256;
    private const long ToolsOverhead = 1024;

    // More than the dearest way of counting the largest picture comes to.
    private const long TokensPerPicture = 40_000;

    // Speech is at most 32 tokens a second, and never less than a kilobyte a second.
    private const int BytesPerAudioToken = 16;

    // A page of a document can be billed as a picture besides its text, and be small when compressed.
    private const int TokensPerDocumentByte = 4;

    /// <param name="body">The whole request, valid JSON.</param>
    /// <param name="mostInput">What the model takes; null when not known.</param>
    public static PromptBound Of(ReadOnlySpan<byte> body, bool hasTools, long? mostInput)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        var tokens = body.Length + Overhead + (hasTools ? ToolsOverhead : 0);
        var (elsewhere, audio, pictures) = (false, false, false);
        var kind = Medium.None;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                kind = reader.Says("image_url"u8) ? Medium.Picture
                    : reader.Says("url"u8) && kind == Medium.Picture ? Medium.PictureUrl
                    : reader.Says("data"u8) ? Medium.Audio
                    : reader.Says("file_data"u8) ? Medium.Document
                    : reader.Says("file_id"u8) ? Medium.Elsewhere
                    : kind == Medium.Picture ? Medium.Picture
                    : Medium.None;
                if (kind == Medium.Picture && reader.Says("image_url"u8))
                    (tokens, pictures) = (tokens + TokensPerPicture, true);
                continue;
            }

            if (reader.TokenType != JsonTokenType.String)
                continue;

            var length = reader.ValueSpan.Length;
            elsewhere |= kind == Medium.Elsewhere;
            audio |= kind == Medium.Audio;
            tokens += kind switch
            {
                Medium.Picture or Medium.PictureUrl when reader.ValueSpan.StartsWith("data:"u8) => -length,
                Medium.Audio => (length / BytesPerAudioToken) - length,
                Medium.Document => (long)length * (TokensPerDocumentByte - 1),
                _ => 0,
            };
        }

        // What lies at the provider can be anything; only the model's own limit bounds it.
        var most = elsewhere ? mostInput ?? TokenUsage.MaxTokens : Math.Min(tokens, mostInput ?? long.MaxValue);
        return new PromptBound(most, audio || elsewhere, pictures || elsewhere);
    }

    private enum Medium
    {
        None,
        Picture,
        PictureUrl,
        Audio,
        Document,
        Elsewhere,
    }
}
