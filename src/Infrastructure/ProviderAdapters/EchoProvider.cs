using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>
/// The model that is always there: it answers with the words of the last user message, without a network, and counts a
/// word as a token. Streams say one word at a time.
/// </summary>
internal sealed class EchoProvider(TimeProvider clock) : IInferenceProvider
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string TelemetryName => ProviderKinds.Echo;

    public bool Speaks(ApiFormat api, InferenceTarget target) => api == ApiFormat.ChatCompletions;

    public Task<InferenceOutcome> SendAsync(InferenceRequest request, InferenceTarget target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (request is not ChatRequest chat)
            return Task.FromResult<InferenceOutcome>(new InferenceOutcome.Refused(UpstreamErrors.NotSpoken(request)));

        if (chat.Choices > 1)
        {
            return Task.FromResult<InferenceOutcome>(new InferenceOutcome.Refused(
                GatewayError.Invalid($"The echo model gives one choice, {chat.Choices} were asked for.", "n", "unsupported_value")));
        }

        Conversation conversation;
        try
        {
            conversation = Conversation.Read(chat.Body.Span[chat.MessagesAt.Start..chat.MessagesAt.End]);
        }
        catch (InvalidOperationException)
        {
            return Task.FromResult<InferenceOutcome>(new InferenceOutcome.Refused(
                GatewayError.Invalid("Invalid 'messages': a text contains half of a surrogate pair.", "messages", "invalid_value")));
        }

        var heard = Words(conversation.LastUserText);
        var said = chat.MaxTokens < heard.Length ? heard[..(int)chat.MaxTokens.Value] : heard;
        var reply = new Reply(
            $"chatcmpl-{Guid.CreateVersion7(clock.GetUtcNow()):N}",
            clock.GetUtcNow().ToUnixTimeSeconds(),
            target.UpstreamModel,
            said,
            said.Length < heard.Length ? "length" : "stop",
            new TokenUsage(Words(conversation.AllText).Length, said.Length));

        return Task.FromResult<InferenceOutcome>(chat.Stream
            ? new InferenceOutcome.Streaming(new EchoStream(chat, reply, cancellationToken))
            : new InferenceOutcome.Completed(Whole(reply), UsageReport.Of(reply.Usage), reply.Model));
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static ReadOnlyMemory<byte> Whole(Reply reply) => Write(reply, "chat.completion", json =>
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", string.Join(' ', reply.Words));
        json.WriteNull("refusal");
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", reply.FinishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, reply.Usage);
    });

    private static ReadOnlyMemory<byte> Chunk(Reply reply, Action<Utf8JsonWriter> delta, string? finishReason) => Write(reply, "chat.completion.chunk", json =>
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        delta(json);
        json.WriteEndObject();
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteNull("usage");
    });

    private static ReadOnlyMemory<byte> UsageChunk(Reply reply) => Write(reply, "chat.completion.chunk", json =>
    {
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, reply.Usage);
    });

    private static ReadOnlyMemory<byte> Write(Reply reply, string kind, Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("id", reply.Id);
            json.WriteString("object", kind);
            json.WriteNumber("created", reply.Created);
            json.WriteString("model", reply.Model);
            content(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteUsage(Utf8JsonWriter json, TokenUsage usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", usage.PromptTokens);
        json.WriteNumber("completion_tokens", usage.CompletionTokens);
        json.WriteNumber("total_tokens", usage.TotalTokens);
        json.WriteEndObject();
    }

    private sealed record Reply(string Id, long Created, string Model, string[] Words, string FinishReason, TokenUsage Usage);

    /// <summary>A role, the words, how it finished, what it used.</summary>
    private sealed class EchoStream(ChatRequest chat, Reply reply, CancellationToken cancellationToken) : InferenceStream
    {
        private int position = -1;

        public override async ValueTask<bool> MoveNextAsync()
        {
            // A word at a time, as from a model that has to think.
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            var next = ++position - 1;
            var chunk = next switch
            {
                -1 => Chunk(reply, json =>
                {
                    json.WriteString("role", "assistant");
                    json.WriteString("content", "");
                }, finishReason: null),
                _ when next < reply.Words.Length =>
                    Chunk(reply, json => json.WriteString("content", next == 0 ? reply.Words[next] : " " + reply.Words[next]), finishReason: null),
                _ when next == reply.Words.Length => Chunk(reply, static _ => { }, reply.FinishReason),
                _ when next == reply.Words.Length + 1 => UsageChunk(reply),
                _ => default,
            };
            if (chunk.IsEmpty)
            {
                Terminated = true;
                return false;
            }

            (Current, Facts) = (chunk, chat.Read(chunk.Span));
            return true;
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>The text in an array of messages; pictures and sounds say nothing here.</summary>
    private sealed record Conversation(string AllText, string LastUserText)
    {
        public static Conversation Read(ReadOnlySpan<byte> messages)
        {
            var reader = new Utf8JsonReader(messages);
            using var document = JsonDocument.ParseValue(ref reader);
            var all = new StringBuilder();
            var lastUser = "";
            foreach (var message in document.RootElement.EnumerateArray())
            {
                var text = message.TryGetProperty("content", out var content) ? TextOf(content) : "";
                all.Append(text).Append(' ');
                if (message.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String && role.ValueEquals("user"))
                    lastUser = text;
            }

            return new Conversation(all.ToString(), lastUser);
        }

        private static string TextOf(JsonElement content) => content.ValueKind switch
        {
            JsonValueKind.String => Decode(content),
            JsonValueKind.Array => string.Join(' ', content.EnumerateArray().Select(PartText)),
            _ => "",
        };

        private static string PartText(JsonElement part) =>
            part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? Decode(text) : "";

        // Half a surrogate pair is legal JSON and no text.
        private static string Decode(JsonElement text)
        {
            try
            {
                return text.GetString() ?? "";
            }
            catch (InvalidOperationException)
            {
                return "";
            }
        }
    }
}
