using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal.Spool;

namespace CleanGateway.Infrastructure.Journal.Redis;

/// <summary>
/// The JSON documents of the journal in Redis, with the columns' names, for people to read too. Bodies stand in them to
/// the letter, white space around them included.
/// </summary>
internal static class RedisRecord
{
    // Deeper than any body that is taken for JSON.
    private const int MaxDepth = 1024;

    // Records are read with redis-cli, never by a browser.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <param name="withdrawn">The caller was told of an error instead, when the rows may have been there already.</param>
    public static byte[] Completed(ExchangeRow row, bool withdrawn = false) => Write(
        row.Size,
        json =>
        {
            Write(json, "request", row.Request, SpoolJson.Default.RequestRow);
            Write(json, "request_body", row.Request.Body);
            Write(json, "response", row.Response, SpoolJson.Default.ResponseRow);
            Write(json, "response_body", row.Response.Body);
            if (row.Usage is { } usage)
                Write(json, "usage", usage, SpoolJson.Default.UsageRow);
            if (withdrawn)
                json.WriteBoolean("withdrawn", true);
        });

    public static byte[] Accepted(RequestLog request) => Write(
        request.Body.Json?.Length ?? 0,
        json =>
        {
            Write(json, "call", AcceptedCall.Of(request), SpoolJson.Default.AcceptedCall);
            Write(json, "request_body", request.Body);
        });

    public static byte[] Progress(RequestLog request, TokenUsage seen, DateTimeOffset now) => JsonSerializer.SerializeToUtf8Bytes(
        new CallProgress(request.RequestId, now, seen.PromptTokens, seen.CompletionTokens), SpoolJson.Default.CallProgress);

    /// <returns>False when it is none of ours.</returns>
    public static bool TryReadCompleted(ReadOnlyMemory<byte> record, [NotNullWhen(true)] out ExchangeRow? row, out bool withdrawn)
    {
        (row, withdrawn) = (null, false);
        try
        {
            var members = Members(record);
            row = new ExchangeRow(
                Read(members, "request", SpoolJson.Default.RequestRow) with { Body = ReadBody(members, "request_body") },
                Read(members, "response", SpoolJson.Default.ResponseRow) with { Body = ReadBody(members, "response_body") },
                members.ContainsKey("usage") ? Read(members, "usage", SpoolJson.Default.UsageRow) : null);
            withdrawn = members.ContainsKey("withdrawn");
            return RequestId.TryParse(row.Request.RequestId ?? "", out _);
        }
        catch (Exception unreadable) when (IsInTheRecord(unreadable))
        {
            return false;
        }
    }

    /// <summary>A call whose owner is dead, as it came to its end.</summary>
    /// <param name="progress">Empty: nothing was told of it.</param>
    /// <returns>False when it is none of ours.</returns>
    public static bool TryReadCrashed(ReadOnlyMemory<byte> accepted, ReadOnlyMemory<byte> progress, [NotNullWhen(true)] out Exchange? exchange)
    {
        exchange = null;
        try
        {
            var members = Members(accepted);
            var request = Read(members, "call", SpoolJson.Default.AcceptedCall).Restore(members.GetValueOrDefault("request_body"));
            var seen = progress.IsEmpty ? null : SpoolRecord.Read(progress, SpoolJson.Default.CallProgress);
            exchange = request.Crashed(
                seen is null ? null : new TokenUsage(seen.PromptTokens, seen.CompletionTokens), (seen?.At ?? request.StartTime) - request.StartTime);
            return true;
        }
        catch (Exception unreadable) when (IsInTheRecord(unreadable))
        {
            return false;
        }
    }

    // The reader takes text that is none for a mistake of its caller's.
    private static bool IsInTheRecord(Exception failure) => failure is JsonException or ArgumentException or InvalidOperationException or OverflowException;

    private static byte[] Write(long about, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>((int)about + 2048);
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write<T>(Utf8JsonWriter json, string name, T value, JsonTypeInfo<T> type)
    {
        json.WritePropertyName(name);
        JsonSerializer.Serialize(json, value, type);
    }

    private static void Write(Utf8JsonWriter json, string name, LoggedBody body)
    {
        json.WriteString(name + "_form", body.Form.ToSnakeCase());
        if (body.Json is not { } bytes)
            return;

        json.WritePropertyName(name);
        json.WriteRawValue(bytes.Span, skipInputValidation: true);
    }

    private static T Read<T>(Dictionary<string, ReadOnlyMemory<byte>> members, string name, JsonTypeInfo<T> type) =>
        members.TryGetValue(name, out var json) ? SpoolRecord.Read(json, type) : throw new JsonException($"The record has no {name}.");

    private static LoggedBody ReadBody(Dictionary<string, ReadOnlyMemory<byte>> members, string name)
    {
        if (!members.TryGetValue(name + "_form", out var text))
            throw new JsonException($"The record has no {name}_form.");

        var form = new Utf8JsonReader(text.Span);
        if (!form.Read() || form.TokenType != JsonTokenType.String || !Enum.TryParse<BodyForm>(form.GetString(), ignoreCase: true, out var known))
            throw new JsonException($"The record's {name}_form is not known.");

        return StoredBody.Restore(known, members.TryGetValue(name, out var body) ? (ReadOnlyMemory<byte>?)body : null);
    }

    // Everything from a name's colon to the next comma or brace is its value's.
    private static Dictionary<string, ReadOnlyMemory<byte>> Members(ReadOnlyMemory<byte> record)
    {
        var members = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(record.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("The record is no object.");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var start = (int)reader.BytesConsumed;
            reader.Read();
            reader.Skip();
            var end = (int)reader.BytesConsumed;
            while (end < record.Length && record.Span[end] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                end++;

            members[name] = record[start..end];
        }

        // A second Read past the end throws where anything follows.
        return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? members : throw new JsonException("The record is not whole.");
    }
}
