using System.Buffers;
using CleanGateway.Application.Common;

namespace CleanGateway.Application.Responses;

/// <summary>An item of a response's output that is still growing. Words are joined as they are written, still escaped.</summary>
internal sealed class ResponseItem
{
    // The one of an item's members that grows: arguments of a call, input of a tool, code.
    private readonly Text own = new();
    private readonly SortedDictionary<long, Part> content = [];
    private readonly SortedDictionary<long, Part> summary = [];
    private byte[]? begun;
    private byte[]? done;

    /// <param name="json">The event that <paramref name="said"/> was read from.</param>
    public void Add(ReadOnlySpan<byte> json, ResponseEvent said)
    {
        switch (said.Type)
        {
            case "response.output_item.added" when said.Item is { } item:
                begun = json.Slice(item.Start, item.Length).ToArray();
                break;
            case "response.output_item.done" when said.Item is { } item:
                done = json.Slice(item.Start, item.Length).ToArray();
                break;
            case "response.content_part.added" or "response.content_part.done":
                PartOf(content, said.PartIndex).Become(json, said.Part);
                break;
            case "response.reasoning_summary_part.added" or "response.reasoning_summary_part.done":
                PartOf(summary, said.PartIndex).Become(json, said.Part);
                break;
            case "response.output_text.delta" or "response.output_text.done":
                PartOf(content, said.PartIndex).Grow(json, said, "output_text", "text");
                break;
            case "response.reasoning_text.delta" or "response.reasoning_text.done":
                PartOf(content, said.PartIndex).Grow(json, said, "reasoning_text", "text");
                break;
            case "response.refusal.delta" or "response.refusal.done":
                PartOf(content, said.PartIndex).Grow(json, said, "refusal", "refusal");
                break;
            case "response.reasoning_summary_text.delta" or "response.reasoning_summary_text.done":
                PartOf(summary, said.PartIndex).Grow(json, said, "summary_text", "text");
                break;
            case "response.function_call_arguments.delta" or "response.function_call_arguments.done"
                or "response.mcp_call_arguments.delta" or "response.mcp_call_arguments.done":
                own.Grow(json, said, "arguments");
                break;
            case "response.custom_tool_call_input.delta" or "response.custom_tool_call_input.done":
                own.Grow(json, said, "input");
                break;
            case "response.code_interpreter_call_code.delta" or "response.code_interpreter_call_code.done":
                own.Grow(json, said, "code");
                break;
        }
    }

    public void WriteTo(ArrayBufferWriter<byte> json)
    {
        if (done is not null)
        {
            json.Write(done);
            return;
        }

        var grown = new Dictionary<string, Action<ArrayBufferWriter<byte>>>();
        if (content.Count > 0)
            grown["content"] = output => output.WriteArray(content.Values, static (output, part) => part.WriteTo(output));
        if (summary.Count > 0)
            grown["summary"] = output => output.WriteArray(summary.Values, static (output, part) => part.WriteTo(output));
        if (own.Member is { } member)
            grown[member] = own.WriteTo;
        json.WriteObject(begun ?? "{}"u8.ToArray(), grown);
    }

    private static Part PartOf(SortedDictionary<long, Part> parts, long index)
    {
        if (!parts.TryGetValue(index, out var part))
            parts[index] = part = new Part();
        return part;
    }

    /// <summary>A part of an item's content or summary.</summary>
    private sealed class Part
    {
        private readonly Text text = new();
        private byte[]? begun;
        private string type = "output_text";

        public void Become(ReadOnlySpan<byte> json, JsonSlice? part)
        {
            if (part is { } at)
                begun = json.Slice(at.Start, at.Length).ToArray();
        }

        public void Grow(ReadOnlySpan<byte> json, ResponseEvent said, string usualType, string member)
        {
            type = usualType;
            text.Grow(json, said, member);
        }

        public void WriteTo(ArrayBufferWriter<byte> json)
        {
            var grown = new Dictionary<string, Action<ArrayBufferWriter<byte>>>();
            if (text.Member is { } member)
                grown[member] = text.WriteTo;
            json.WriteObject(begun ?? System.Text.Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\"}}"), grown);
        }
    }

    /// <summary>A string that comes in pieces.</summary>
    private sealed class Text
    {
        private readonly ArrayBufferWriter<byte> escaped = new();

        /// <summary>Null while nothing of it has come.</summary>
        public string? Member { get; private set; }

        public void Grow(ReadOnlySpan<byte> json, ResponseEvent said, string member)
        {
            if (said.Whole is { } whole)
            {
                escaped.ResetWrittenCount();
                escaped.Write(json.Slice(whole.Start, whole.Length));
            }
            else if (said.Delta is { } delta)
            {
                escaped.Write(json.Slice(delta.Start, delta.Length));
            }
            else
            {
                return;
            }

            Member = member;
        }

        public void WriteTo(ArrayBufferWriter<byte> json)
        {
            json.Write("\""u8);
            json.Write(escaped.WrittenSpan);
            json.Write("\""u8);
        }
    }
}
