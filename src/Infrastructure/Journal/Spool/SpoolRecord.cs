using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>
/// A record ready to be written: envelope, length of a JSON document, the document, then bodies as they are. Bodies are
/// not copied: writing gathers the pieces.
/// </summary>
internal sealed class SpoolRecord
{
    private SpoolRecord(RecordKind kind, byte[] document, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> secondBody)
    {
        var head = new byte[RecordFrame.HeaderLength + sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(RecordFrame.HeaderLength), document.Length);
        RecordFrame.WriteHeader(head, kind, [head.AsMemory(RecordFrame.HeaderLength), document, body, secondBody]);
        Kind = kind;
        Pieces = [head, document, body, secondBody];
        Length = head.Length + document.Length + body.Length + secondBody.Length;
    }

    public RecordKind Kind { get; }
    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces { get; }
    public long Length { get; }

    /// <summary>What a <see cref="RecordKind.Complete"/> record tells.</summary>
    public RecentExchange? Exchange { get; private init; }

    public static SpoolRecord Accept(RequestLog request) => new(
        RecordKind.Accept,
        JsonSerializer.SerializeToUtf8Bytes(AcceptedCall.Of(request), SpoolJson.Default.AcceptedCall),
        request.Body.Json ?? default,
        default);

    public static SpoolRecord Progress(RequestLog request, TokenUsage seen, DateTimeOffset now) => new(
        RecordKind.Progress,
        JsonSerializer.SerializeToUtf8Bytes(
            new CallProgress(request.RequestId, now, seen.PromptTokens, seen.CompletionTokens), SpoolJson.Default.CallProgress),
        default,
        default);

    /// <param name="accepted">Where the request's body already is; null writes it here.</param>
    public static SpoolRecord Complete(ExchangeRow exchange, SpoolPosition? accepted)
    {
        var asked = exchange.Request.Body;
        var told = exchange.Response.Body;
        var call = new CompletedCall(
            exchange.Request, exchange.Response, exchange.Usage,
            new StoredBody(asked.Form, asked.Json?.Length), new StoredBody(told.Form, told.Json?.Length), accepted);
        var document = JsonSerializer.SerializeToUtf8Bytes(call, SpoolJson.Default.CompletedCall);

        // In memory texts have two bytes a character.
        var kept = new RecentExchange(exchange, accepted?.Segment ?? 0, exchange.Size + (2 * document.Length));
        return new SpoolRecord(
            RecordKind.Complete, document, accepted is null ? asked.Json ?? default : default, told.Json ?? default) { Exchange = kept };
    }

    public static SpoolRecord Settled(SpoolPosition position) => new(
        RecordKind.Settled, JsonSerializer.SerializeToUtf8Bytes(position, SpoolJson.Default.SpoolPosition), default, default);

    /// <summary>The call that an acceptance speaks of, as it was then.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static RequestLog ReadAccepted(ReadOnlyMemory<byte> payload)
    {
        var (document, body) = Split(payload);
        return Read(document, SpoolJson.Default.AcceptedCall).Restore(body);
    }

    /// <exception cref="JsonException">The document is no such one.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> document, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(document.Span, type) ?? throw new JsonException("The record's document is null.");

    /// <summary>Splits a record's payload into its document and its bodies.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static (ReadOnlyMemory<byte> Document, ReadOnlyMemory<byte> Bodies) Split(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(payload.Span) is var length && (length < 0 || length > payload.Length - sizeof(int)))
            throw new JsonException("The record has no document.");

        return (payload.Slice(sizeof(int), length), payload[(sizeof(int) + length)..]);
    }
}

/// <summary>The document of an <see cref="RecordKind.Accept"/> record: what it takes to tell how far a call had come.</summary>
internal sealed record AcceptedCall(
    string RequestId, DateTimeOffset StartTime, Guid ApiKey, string Route, string Method, string Url, string? Headers, string? ClientRequestId,
    string? Model, string? UserId, bool Stream, BodyForm BodyForm, int? BodyLength, AcceptedDestination? Destination, long? ReservedPromptTokens, long? ReservedCompletionTokens,
    Guid? Project = null)
{
    public static AcceptedCall Of(RequestLog request) => new(
        request.RequestId, request.StartTime, request.ApiKey.Value, request.Route, request.Method, request.Url, request.Headers, request.ClientRequestId,
        request.Model, request.UserId, request.Stream, request.Body.Form, request.Body.Json?.Length,
        request.Destination is { } to ? AcceptedDestination.Of(to) : null, request.Reserved?.PromptTokens, request.Reserved?.CompletionTokens,
        request.Project?.Value);

    /// <summary>The call as it was when it was accepted.</summary>
    public RequestLog Restore(ReadOnlyMemory<byte> body)
    {
        if (!Domain.RequestLogs.RequestId.TryParse(RequestId, out var id))
            throw new JsonException($"{RequestId} is no request id.");

        var line = new RequestLine(Route, Method, Url, Headers, ClientRequestId);
        var request = RequestLog.Begin(
            id, new ApiKeyId(ApiKey), line, StartTime, project: Project is { } project ? new ProjectId(project) : null);
        request.Asked(StoredBody.Restore(BodyForm, BodyLength is null ? (ReadOnlyMemory<byte>?)null : body), Model, UserId, Stream);
        if (Destination is { } to)
        {
            request.Dispatch(
                new Destination(new ProviderId(to.ProviderId), to.ProviderName, to.Model, to.RestorePrice()),
                ReservedPromptTokens is { } prompt && ReservedCompletionTokens is { } completion ? new TokenUsage(prompt, completion) : null);
        }

        return request;
    }
}

/// <inheritdoc cref="Domain.RequestLogs.Destination"/>
/// <param name="InputPerToken">The price in records of gateways that knew no other rates; with the other one.</param>
/// <param name="OutputPerToken">As <paramref name="InputPerToken"/>.</param>
/// <param name="Price">The price card's JSON.</param>
internal sealed record AcceptedDestination(
    Guid ProviderId, string ProviderName, string Model, decimal? InputPerToken = null, decimal? OutputPerToken = null, string? Price = null)
{
    public static AcceptedDestination Of(Destination to) => new(to.ProviderId.Value, to.ProviderName, to.Model, Price: to.Price?.Json);

    /// <exception cref="JsonException">What was written is no price.</exception>
    public Price? RestorePrice()
    {
        try
        {
            return Price is not null ? Domain.Usage.Price.Parse(Price)
                : InputPerToken is { } input && OutputPerToken is { } output ? new Price(input, output)
                : null;
        }
        catch (FormatException wrong)
        {
            throw new JsonException($"The record's price is none: {wrong.Message}", wrong);
        }
    }
}

/// <summary>The document of a <see cref="RecordKind.Progress"/> record.</summary>
internal sealed record CallProgress(string RequestId, DateTimeOffset At, long PromptTokens, long CompletionTokens);

/// <summary>The document of a <see cref="RecordKind.Complete"/> record.</summary>
/// <param name="Accepted">Where the request's body is; null: in this record, before the response's.</param>
internal sealed record CompletedCall(
    RequestRow Request, ResponseRow Response, UsageRow? Usage, StoredBody RequestBody, StoredBody ResponseBody, SpoolPosition? Accepted)
{
    /// <param name="bodies">What follows the document.</param>
    /// <param name="accepted">The request's body, where it is not among them; null if it could not be read any more.</param>
    public ExchangeRow Restore(ReadOnlyMemory<byte> bodies, ReadOnlyMemory<byte>? accepted)
    {
        var here = Accepted is null ? RequestBody.Length ?? 0 : 0;
        var asked = Accepted is null ? bodies[..here] : accepted;
        return new ExchangeRow(
            Request with { Body = RequestBody.Restore(asked) },
            Response with { Body = ResponseBody.Restore(bodies[here..]) },
            Usage);
    }
}

/// <summary>What a record says of a body that is stored beside it.</summary>
/// <param name="Length">Bytes; null when there is nothing to keep.</param>
internal sealed record StoredBody(BodyForm Form, int? Length)
{
    public LoggedBody Restore(ReadOnlyMemory<byte>? bytes) => Restore(Form, Length is null ? null : bytes);

    public static LoggedBody Restore(BodyForm form, ReadOnlyMemory<byte>? bytes) => (form, bytes) switch
    {
        (BodyForm.None, _) => LoggedBody.None,
        (_, null) => LoggedBody.Omitted,
        _ => new LoggedBody(bytes, form),
    };
}
