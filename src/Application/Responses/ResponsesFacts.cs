using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;

namespace CleanGateway.Application.Responses;

/// <summary>Reads what the gateway has to know of a response, or of one event of its stream.</summary>
internal static class ResponsesFacts
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = ChatFacts.MaxDepth };

    /// <exception cref="JsonException">Not a JSON object, or not JSON at all.</exception>
    public static AnswerFacts Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("An answer must be a JSON object.");

        var (kind, typeAt, response) = (EventKind.None, default(JsonSlice), new ResponseObject());
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Says("type"u8))
            {
                reader.Read();
                typeAt = JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed);
                kind = KindOf(ref reader);
                reader.Skip();
            }
            else if (reader.Says("response"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                    response.Read(ref reader);
                reader.Skip();
            }
            else
            {
                response.ReadMember(ref reader);
            }
        }

        // Reading to the end shows that the rest is JSON too.
        while (reader.Read())
        {
        }

        var usage = response.Report(json);
        return kind switch
        {
            EventKind.None => new AnswerFacts
            {
                IsAnswer = response.HasOutput, Model = response.Model, Usage = usage, ErrorAt = response.ErrorAt, HasFailed = response.HasFailed,
            },
            EventKind.Error => new AnswerFacts { ErrorAt = typeAt },
            EventKind.Failed => new AnswerFacts { Model = response.Model, Usage = usage, HasFailed = true, IsLast = true },
            _ => new AnswerFacts { HasOutput = kind == EventKind.Delta, Model = response.Model, Usage = usage, IsLast = kind == EventKind.Ended },
        };
    }

    /// <summary>The event is more than a sign that the response has been begun.</summary>
    /// <param name="json">A valid JSON object.</param>
    public static bool HasContent(ReadOnlySpan<byte> json) => KindOf(json) != EventKind.Begun;

    /// <summary>Bytes of what the model says, in a response or in one event.</summary>
    /// <param name="json">Valid JSON.</param>
    public static long BytesSaid(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Options);
        var (bytes, inOutput) = (0L, false);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;

            if (reader.CurrentDepth == 1)
                inOutput = reader.Says("output"u8);
            var isSaid = inOutput ? IsSaid(ref reader) : reader.CurrentDepth == 1 && reader.Says("delta"u8);
            reader.Read();
            if (isSaid && reader.TokenType == JsonTokenType.String)
                bytes += reader.ValueSpan.Length;
            else if (!inOutput)
                reader.Skip();
        }

        return bytes;
    }

    internal static EventKind KindOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Options);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;

            var isType = reader.Says("type"u8);
            reader.Read();
            if (isType)
                return KindOf(ref reader);
            reader.Skip();
        }

        return EventKind.None;
    }

    private static EventKind KindOf(ref Utf8JsonReader type)
    {
        if (type.TokenType != JsonTokenType.String)
            return EventKind.None;

        return type.Says("response.created"u8) || type.Says("response.in_progress"u8) || type.Says("response.queued"u8) ? EventKind.Begun
            : type.Says("response.completed"u8) || type.Says("response.incomplete"u8) ? EventKind.Ended
            : type.Says("response.failed"u8) ? EventKind.Failed
            : type.Says("error"u8) ? EventKind.Error
            : type.ValueSpan.EndsWith(".delta"u8) && !type.ValueSpan.StartsWith("response.audio."u8) ? EventKind.Delta
            : EventKind.Other;
    }

    private static bool IsSaid(ref Utf8JsonReader name) =>
        name.Says("text"u8) || name.Says("refusal"u8) || name.Says("arguments"u8) || name.Says("input"u8) || name.Says("code"u8);

    internal enum EventKind
    {
        /// <summary>No event, but a whole response.</summary>
        None,

        /// <summary>There is a response, and nothing of it yet.</summary>
        Begun,

        /// <summary>A piece of what the model says.</summary>
        Delta,

        /// <summary>Completed, or as far as it was allowed to go.</summary>
        Ended,
        Failed,
        Error,
        Other,
    }
}
