using System.Buffers;
using System.Text;
using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>Says an answer as one <c>chat.completion</c>.</summary>
internal sealed class WholeChat : ChatAnswer
{
    private readonly SortedDictionary<int, Choice> choices = [];

    public override void Role(int choice) => Of(choice);

    public override void Text(int choice, string text) => (Of(choice).Text ??= new StringBuilder()).Append(text);

    public override void Reasoning(int choice, string text) => Of(choice).Reasoning.Append(text);

    public override void Thinking(int choice, ThinkingBlock block) => Of(choice).Thinking.Add(block);

    public override void Refusal(int choice, string text) => Of(choice).Refusal.Append(text);

    public override void Citation(int choice, string url, string title, int start, int end) => Of(choice).Citations.Add((url, title, start, end));

    public override void Picture(int choice, Media data) => Of(choice).Pictures.Add(data);

    public override void Sound(int choice, ReadOnlyMemory<byte> data) => (Of(choice).Sound ??= new ArrayBufferWriter<byte>()).Write(data.Span);

    public override void Logprobs(int choice, JsonElement items) => Of(choice).Logprobs.AddRange(items.EnumerateArray());

    public override void Finish(int choice, string reason) => Of(choice).FinishReason = reason;

    public ReadOnlyMemory<byte> ToJson() => Write(json =>
    {
        WriteHead(json, "chat.completion");
        json.WriteStartArray("choices");
        foreach (var (index, choice) in choices)
            WriteChoice(json, index, choice);
        json.WriteEndArray();
        Usage?.WriteTo(json);
        if (Usage?.ServiceTier is { } tier)
            json.WriteString("service_tier", tier);
        json.WriteEndObject();
    });

    protected override void WriteCall(int choice, int call, string id, string name, ReadOnlyMemory<byte>? extraContent) =>
        Of(choice).Calls.Add(new ToolCall(id, name, extraContent));

    protected override void WriteArguments(int choice, int call, string piece) => Of(choice).Calls[call].Arguments.Append(piece);

    private Choice Of(int index)
    {
        if (!choices.TryGetValue(index, out var choice))
            choices[index] = choice = new Choice();
        return choice;
    }

    private void WriteChoice(Utf8JsonWriter json, int index, Choice choice)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", choice.Text?.ToString());
        json.WriteString("refusal", choice.Refusal.Length > 0 ? choice.Refusal.ToString() : null);
        if (choice.Reasoning.Length > 0)
            json.WriteString("reasoning_content", choice.Reasoning.ToString());
        WriteArray(json, "thinking_blocks", choice.Thinking, block => WriteThinking(json, block));
        WriteArray(json, "tool_calls", choice.Calls, call => WriteCall(json, call));
        WriteArray(json, "annotations", choice.Citations, item => WriteCitation(json, item.Url, item.Title, item.Start, item.End));
        WriteArray(json, "images", choice.Pictures, data => WritePicture(json, data));
        if (choice.Sound is { } sound)
            WriteSound(json, index, sound.WrittenSpan);
        json.WriteEndObject();
        if (choice.Logprobs.Count > 0)
        {
            json.WriteStartObject("logprobs");
            WriteArray(json, "content", choice.Logprobs, item => item.WriteTo(json));
            json.WriteNull("refusal");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("logprobs");
        }

        json.WriteString("finish_reason", choice.FinishReason);
        json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, ToolCall call)
    {
        json.WriteStartObject();
        json.WriteString("id", call.Id);
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", call.Name);
        json.WriteString("arguments", call.Arguments.ToString());
        json.WriteEndObject();
        if (call.ExtraContent is { } extra)
        {
            json.WritePropertyName("extra_content");
            json.WriteRawValue(extra.Span);
        }

        json.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, List<T> items, Action<T> write)
    {
        if (items.Count == 0)
            return;

        json.WriteStartArray(name);
        items.ForEach(write);
        json.WriteEndArray();
    }

    private sealed class Choice
    {
        public StringBuilder? Text { get; set; }
        public StringBuilder Reasoning { get; } = new();
        public StringBuilder Refusal { get; } = new();
        public List<ThinkingBlock> Thinking { get; } = [];
        public List<ToolCall> Calls { get; } = [];
        public List<(string Url, string Title, int Start, int End)> Citations { get; } = [];
        public List<Media> Pictures { get; } = [];
        public ArrayBufferWriter<byte>? Sound { get; set; }
        public List<JsonElement> Logprobs { get; } = [];
        public string? FinishReason { get; set; }
    }

    private sealed record ToolCall(string Id, string Name, ReadOnlyMemory<byte>? ExtraContent)
    {
        public StringBuilder Arguments { get; } = new();
    }
}
