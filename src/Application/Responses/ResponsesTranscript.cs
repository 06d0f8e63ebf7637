using System.Buffers;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;

namespace CleanGateway.Application.Responses;

/// <summary>
/// The response that a stream came to: the one its last event carries, as it is. Of a stream that broke off, the last one
/// that was told of, with the items and the words that came after it.
/// </summary>
internal sealed class ResponsesTranscript : ITranscript
{
    private readonly SortedDictionary<long, ResponseItem> items = [];
    private byte[]? response;
    private bool hasOutput;

    public bool IsEmpty => response is null && items.Count == 0;

    public bool IsFinished { get; private set; }

    public void Add(ReadOnlySpan<byte> json)
    {
        var said = ResponseEvent.Read(json);
        if (said.Response is { } at)
        {
            (response, hasOutput) = (json.Slice(at.Start, at.Length).ToArray(), said.HasOutput);
            IsFinished |= said.Kind is ResponsesFacts.EventKind.Ended or ResponsesFacts.EventKind.Failed;
        }

        if (said.OutputIndex is not { } index)
            return;

        if (!items.TryGetValue(index, out var item))
            items[index] = item = new ResponseItem();
        item.Add(json, said);
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        if (response is not null && (hasOutput || items.Count == 0))
            return response;

        var json = new ArrayBufferWriter<byte>(1024);
        json.WriteObject(
            response ?? """{"object":"response"}"""u8.ToArray(),
            new Dictionary<string, Action<ArrayBufferWriter<byte>>> { ["output"] = WriteItems });
        return json.WrittenMemory;
    }

    private void WriteItems(ArrayBufferWriter<byte> json) => json.WriteArray(items.Values, static (json, item) => item.WriteTo(json));
}
