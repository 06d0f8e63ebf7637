using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>
/// Reads a chat's answer in another language than OpenAI's. What follows from a provider that does not keep to its own
/// language is met here: a dialect reads as if it did.
/// </summary>
internal abstract class TranslatedChat : IAnswerReader
{
    private readonly ChatChunks chunks = new();

    public virtual void Begin(HttpResponseHeaders headers) { }

    public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure)
    {
        var whole = new WholeChat();
        failure = Guarded(body, root => ReadWhole(root, whole));
        return failure is null ? whole.ToJson() : default;
    }

    public void Read(UpstreamEvent item, AnswerEvents answer)
    {
        chunks.Events = answer;
        if (Guarded(item.Data, root => ReadEvent(item.Name, root, chunks)) is { } failure)
            answer.Fail(failure);
    }

    public void End(AnswerEvents answer)
    {
        chunks.Events = answer;
        if (!answer.Terminated)
            Guarded(() => ReadEnd(chunks));
    }

    /// <returns>What went wrong where the answer, for all its status of 200, is none.</returns>
    protected abstract UpstreamFailure? ReadWhole(JsonElement root, WholeChat answer);

    /// <param name="name">What the framing calls the event.</param>
    /// <returns>What went wrong where the event tells of that.</returns>
    protected abstract UpstreamFailure? ReadEvent(string? name, JsonElement root, ChatChunks answer);

    /// <summary>
    /// The connection has ended in order. In languages without a last event the dialect knows here whether that was all, and
    /// calls <see cref="ChatChunks.End"/>; where it does not, the stream counts as broken off.
    /// </summary>
    protected virtual void ReadEnd(ChatChunks answer) { }

    private static UpstreamFailure? Guarded(ReadOnlyMemory<byte> json, Func<JsonElement, UpstreamFailure?> read)
    {
        UpstreamFailure? failure = null;
        Guarded(() =>
        {
            var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = 256 });
            var root = JsonElement.ParseValue(ref reader);
            if (reader.Read())
                throw new JsonException("There is more than one value.");   // what is no value at all, the reader itself refuses

            failure = read(root);
        });
        return failure;
    }

    private static void Guarded(Action read)
    {
        try
        {
            read();
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or KeyNotFoundException or FormatException or ArgumentOutOfRangeException)
        {
            throw new JsonException("The answer is not of the provider's language.", wrong);
        }
    }
}
