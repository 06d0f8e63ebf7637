using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// The most tokens that a request's input can be. Tokens are made of whole bytes, so text has no more of them than bytes;
/// what surrounds it in the request is more than what a provider puts around it. Media are billed by other measures, for
/// each of which there is a most; only what stands where media stand is taken for one.
/// </summary>
/// <param name="Tokens">No more than these.</param>
internal readonly record struct PromptBound(long Tokens, bool HasAudio, bool HasPictures)
{
    // What a provider may add by itself to any prompt, and to one with tools.
    public const long Overhead = 256;
    public const long ToolsOverhead = 1024;

    // More than the dearest way of counting the largest picture comes to.
    public const long TokensPerPicture = 40_000;

    // Speech is at most 32 tokens a second, and never less than a kilobyte a second.
    private const int BytesPerAudioToken = 16;

    // A page of a document can be billed as a picture besides its text, and be small when compressed.
    public const int TokensPerDocumentByte = 4;

    // In the array of messages: their members; members of the parts of a message's content; members of those.
    private const int MessageMember = 2;
    private const int PartMember = 4;
    private const int MediumMember = 5;

    /// <param name="body">The whole request, valid JSON.</param>
    /// <param name="messages">Where its messages stand.</param>
    /// <param name="mostInput">What the model takes; null when not known.</param>
    public static PromptBound Of(ReadOnlySpan<byte> body, JsonSlice messages, bool hasTools, long? mostInput)
    {
        var reader = new Utf8JsonReader(body.Slice(messages.Start, messages.Length), new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        var tokens = body.Length + Overhead + (hasTools ? ToolsOverhead : 0);
        var (elsewhere, audio, pictures, inContent) = (false, false, false, false);
        var (part, member) = (Medium.Text, Medium.Text);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName when reader.CurrentDepth == MessageMember:
                    // What an assistant once said aloud is named by its id, and read again.
                    (inContent, part) = (reader.Says("content"u8), reader.Says("audio"u8) ? Medium.Spoken : Medium.Text);
                    break;

                case JsonTokenType.PropertyName when inContent && reader.CurrentDepth == PartMember:
                    part = member = PartOf(ref reader);
                    elsewhere |= part == Medium.Elsewhere;
                    if (part == Medium.Picture)
                        (tokens, pictures) = (tokens + TokensPerPicture, true);
                    break;

                case JsonTokenType.PropertyName when inContent && reader.CurrentDepth == MediumMember:
                    member = MemberOf(ref reader, part);
                    break;

                case JsonTokenType.StartObject when part == Medium.Spoken && reader.CurrentDepth == MessageMember:
                    (elsewhere, audio) = (true, true);
                    break;

                case JsonTokenType.String when inContent && reader.CurrentDepth is PartMember or MediumMember:
                    var length = reader.ValueSpan.Length;
                    var isLink = reader.ValueSpan.StartsWith("http"u8);
                    elsewhere |= member == Medium.Elsewhere || (isLink && member is Medium.Sound or Medium.Document);
                    audio |= member == Medium.Sound;
                    tokens += member switch
                    {
                        Medium.Picture when reader.ValueSpan.StartsWith("data:"u8) => -length,
                        Medium.Sound => (length / BytesPerAudioToken) - length,
                        Medium.Document => (long)length * (TokensPerDocumentByte - 1),
                        _ => 0,
                    };
                    break;
            }
        }

        return Within(tokens, elsewhere, audio, pictures, mostInput);
    }

    /// <param name="tokens">The most that is in the request.</param>
    /// <param name="elsewhere">What lies at the provider, or anywhere else, can be anything; only the model's own limit bounds it.</param>
    public static PromptBound Within(long tokens, bool elsewhere, bool audio, bool pictures, long? mostInput)
    {
        var most = elsewhere ? mostInput ?? TokenUsage.MaxTokens : Math.Min(tokens, mostInput ?? long.MaxValue);
        return new PromptBound(most, audio || elsewhere, pictures || elsewhere);
    }

    private static Medium PartOf(ref Utf8JsonReader name) =>
        name.Says("image_url"u8) ? Medium.Picture
        : name.Says("input_audio"u8) ? Medium.SoundPart
        : name.Says("file"u8) ? Medium.DocumentPart
        : name.Says("type"u8) || name.Says("text"u8) || name.Says("refusal"u8) || name.Says("cache_control"u8) ? Medium.Text
        : Medium.Elsewhere;   // a kind of part that is not known here

    private static Medium MemberOf(ref Utf8JsonReader name, Medium part) => part switch
    {
        Medium.Picture => name.Says("url"u8) ? Medium.Picture : Medium.Text,
        Medium.SoundPart => name.Says("data"u8) ? Medium.Sound : Medium.Text,
        Medium.DocumentPart => name.Says("file_data"u8) ? Medium.Document : name.Says("file_id"u8) ? Medium.Elsewhere : Medium.Text,
        _ => part,
    };

    private enum Medium
    {
        Text,
        Picture,
        SoundPart,
        Sound,
        DocumentPart,
        Document,
        Spoken,
        Elsewhere,
    }
}
