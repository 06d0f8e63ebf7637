using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>
/// For providers that speak OpenAI's chat language: every byte as it comes. Only where a server gives two tool calls of a
/// choice the same index, the later one gets one of its own: clients would make one call of both.
/// </summary>
internal sealed class ChatPassThrough : IAnswerReader
{
    // As deep as answers may be; what is deeper is refused where they are read.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 256 };

    // Of each choice and each index that its server gives: the call that is meant at present, and the index it has here.
    private Dictionary<(long Choice, long Index), (string? Id, long Index)>? calls;

    public void Begin(HttpResponseHeaders headers) { }

    public ReadOnlyMemory<byte> ReadWhole(ReadOnlyMemory<byte> body, out UpstreamFailure? failure)
    {
        failure = null;
        return body;
    }

    public void Read(UpstreamEvent item, AnswerEvents answer)
    {
        // The events of this API have no names.
        if (item.Data.Span.SequenceEqual("[DONE]"u8))
            answer.Terminate();
        else
            answer.Add(item.Data.Span.IndexOf("\"tool_calls\":"u8) < 0 ? item.Data : Numbered(item.Data));
    }

    public void End(AnswerEvents answer) { }

    private ReadOnlyMemory<byte> Numbered(ReadOnlyMemory<byte> chunk)
    {
        JsonEdits? edits = null;
        foreach (var (choice, call) in Calls(chunk.Span))
        {
            if (IndexOf(choice, call) is { } index && index != call.Index)
                (edits ??= new JsonEdits()).Replace(call.IndexAt, Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
        }

        return edits?.ApplyTo(chunk) ?? chunk;
    }

    private long? IndexOf(long choice, Call call)
    {
        calls ??= [];
        var isKnown = calls.TryGetValue((choice, call.Index), out var known);
        if (isKnown && (string.IsNullOrEmpty(call.Id) || known.Id == call.Id))
            return known.Index;

        // A call that has had no id so far is the one that gets it now.
        var isOther = isKnown && known.Id is not null;
        var taken = calls.Where(entry => entry.Key.Choice == choice).Select(entry => entry.Value.Index).ToHashSet();
        var index = isKnown && !isOther ? known.Index : isOther || taken.Contains(call.Index) ? taken.Max() + 1 : call.Index;
        calls[(choice, call.Index)] = (string.IsNullOrEmpty(call.Id) ? null : call.Id, index);
        return index;
    }

    private static List<(long Choice, Call Call)> Calls(ReadOnlySpan<byte> json)
    {
        var found = new List<(long, Call)>();
        var reader = new Utf8JsonReader(json, Options);
        var path = new Stack<Place>();
        var (choice, call, firstOfChoice) = (0L, default(Call), 0);
        var place = Place.Elsewhere;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    place = Within(path, ref reader);
                    break;

                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    path.Push(place = Entered(path, place, reader.TokenType));
                    if (place == Place.Choice)
                        (choice, firstOfChoice) = (0, found.Count);
                    if (place == Place.Call)
                        call = default;
                    break;

                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    var left = path.Pop();
                    if (left == Place.Call && call.IndexAt.Length > 0)
                        found.Add((choice, call));
                    for (var i = firstOfChoice; left == Place.Choice && i < found.Count; i++)
                        found[i] = (choice, found[i].Item2);   // its own index may stand behind its calls
                    break;

                case JsonTokenType.Number when place == Place.ChoiceIndex:
                    reader.TryGetInt64(out choice);
                    break;

                case JsonTokenType.Number when place == Place.CallIndex && reader.TryGetInt64(out var index):
                    call = call with { Index = index, IndexAt = JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed) };
                    break;

                case JsonTokenType.String when place == Place.CallId:
                    call = call with { Id = Encoding.UTF8.GetString(reader.ValueSpan) };
                    break;
            }
        }

        return found;
    }

    private static Place Within(Stack<Place> path, ref Utf8JsonReader name) => path.Peek() switch
    {
        Place.Root when name.ValueTextEquals("choices"u8) => Place.Choices,
        Place.Choice when name.ValueTextEquals("index"u8) => Place.ChoiceIndex,
        Place.Choice when name.ValueTextEquals("delta"u8) => Place.Delta,
        Place.Delta when name.ValueTextEquals("tool_calls"u8) => Place.Calls,
        Place.Call when name.ValueTextEquals("index"u8) => Place.CallIndex,
        Place.Call when name.ValueTextEquals("id"u8) => Place.CallId,
        _ => Place.Elsewhere,
    };

    private static Place Entered(Stack<Place> path, Place member, JsonTokenType token) =>
        path.Count == 0 ? Place.Root
        : path.Peek() is Place.Choices ? Place.Choice
        : path.Peek() is Place.Calls ? Place.Call
        : member is Place.Delta && token == JsonTokenType.StartObject ? member
        : member is Place.Choices or Place.Calls && token == JsonTokenType.StartArray ? member
        : Place.Elsewhere;

    private enum Place
    {
        Elsewhere,
        Root,
        Choices,
        Choice,
        ChoiceIndex,
        Delta,
        Calls,
        Call,
        CallIndex,
        CallId,
    }

    /// <summary>What a chunk says of a tool call.</summary>
    private readonly record struct Call(string? Id, long Index, JsonSlice IndexAt);
}
