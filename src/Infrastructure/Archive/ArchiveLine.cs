using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>
/// An exchange as one line of JSON: the columns of its rows under their own names. Bodies go in as they are stored, byte
/// for byte, never through a reader that could change a number.
/// </summary>
internal static class ArchiveLine
{
    // PostgreSQL keeps whole microseconds, and what the tables say is what the archive says.
    private const string Microseconds = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    // The line is a file's, not a web page's: nothing in it has to be escaped for one.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Adds a line, in as many pieces as spare copying the bodies.</summary>
    public static void Add(List<ReadOnlyMemory<byte>> pieces, ExchangeRow row)
    {
        var text = new ArrayBufferWriter<byte>(1024);
        Begin(text, row.Request);
        pieces.Add(text.WrittenMemory);
        pieces.Add(Value(row.Request.Body));

        text = new ArrayBufferWriter<byte>(512);
        Continue(text, row);
        pieces.Add(text.WrittenMemory);
        pieces.Add(Value(row.Response.Body));

        text = new ArrayBufferWriter<byte>(512);
        End(text, row);
        pieces.Add(text.WrittenMemory);
    }

    private static void Begin(ArrayBufferWriter<byte> text, RequestRow request)
    {
        text.Write("{\"request_id\":\""u8);
        text.Write(System.Text.Encoding.UTF8.GetBytes(request.RequestId));   // letters, digits and a _
        text.Write("\",\"request\":"u8);
        WriteOpen(text, json => WriteRequest(json, request));
        text.Write(",\"body\":"u8);
    }

    private static void Continue(ArrayBufferWriter<byte> text, ExchangeRow row)
    {
        text.Write("},\"response\":"u8);
        WriteOpen(text, json => WriteResponse(json, row));
        text.Write(",\"response_body\":"u8);
    }

    private static void End(ArrayBufferWriter<byte> text, ExchangeRow row)
    {
        text.Write("},\"usage_record\":"u8);
        if (row.Usage is { } usage)
        {
            WriteOpen(text, json => WriteUsage(json, row.Request, usage));
            text.Write("}"u8);
        }
        else
        {
            text.Write("null"u8);
        }

        text.Write("}\n"u8);
    }

    // A whole object without its last brace, so that a body can follow.
    private static void WriteOpen(ArrayBufferWriter<byte> text, Action<Utf8JsonWriter> members)
    {
        var document = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(document, Plain))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        text.Write(document.WrittenSpan[..^1]);
    }

    private static void WriteRequest(Utf8JsonWriter json, RequestRow request)
    {
        json.WriteString("request_id", request.RequestId);
        WriteTime(json, "created_at", request.CreatedAt);
        json.WriteString("client_request_id", request.ClientRequestId);
        json.WriteString("api_key", request.ApiKey);
        json.WriteString("route", request.Route);
        json.WriteString("method", request.Method);
        json.WriteString("url", request.Url);
        json.WritePropertyName("headers");
        if (request.Headers is null)
            json.WriteNullValue();
        else
            json.WriteRawValue(request.Headers, skipInputValidation: true);
        json.WriteString("body_form", request.Body.Form.ToSnakeCase());
        json.WriteString("model", request.Model);
        json.WriteString("user_id", request.UserId);
        json.WriteBoolean("stream", request.Stream);
        WriteId(json, "provider_id", request.ProviderId);
        json.WriteString("provider_name", request.ProviderName);
        json.WriteNumber("status_code", request.StatusCode);
        WriteTime(json, "start_time", request.StartTime);
        WriteTime(json, "end_time", request.EndTime);
    }

    private static void WriteResponse(Utf8JsonWriter json, ExchangeRow row)
    {
        var response = row.Response;
        WriteTime(json, "request_created_at", row.Request.CreatedAt);
        WriteTime(json, "created_at", response.CreatedAt);
        json.WriteString("outcome", response.Outcome);
        json.WriteString("error_code", response.ErrorCode);
        json.WriteNumber("status_code", response.StatusCode);
        json.WriteNumber("latency_ms", response.LatencyMs);
        json.WriteString("body_form", response.Body.Form.ToSnakeCase());
        json.WriteString("response_model", response.ResponseModel);
        WriteNumber(json, "prompt_tokens", response.PromptTokens);
        WriteNumber(json, "completion_tokens", response.CompletionTokens);
        WriteNumber(json, "total_tokens", response.TotalTokens);
        WriteNumber(json, "cost", response.Cost);
        json.WriteString("unpriced_reason", response.UnpricedReason);
        json.WriteString("usage_source", response.UsageSource);
    }

    private static void WriteUsage(Utf8JsonWriter json, RequestRow request, UsageRow usage)
    {
        json.WriteString("request_id", request.RequestId);
        WriteTime(json, "created_at", request.CreatedAt);
        json.WriteString("api_key_id", request.ApiKey);
        json.WriteString("provider_id", usage.ProviderId);
        json.WriteString("model", usage.Model);
        WriteNumber(json, "prompt_tokens", usage.PromptTokens);
        WriteNumber(json, "completion_tokens", usage.CompletionTokens);
        WriteNumber(json, "total_tokens", usage.TotalTokens);
        WriteNumber(json, "cached_tokens", usage.CachedTokens);
        WriteNumber(json, "reasoning_tokens", usage.ReasoningTokens);
        WriteNumber(json, "total_cost_usd", usage.TotalCostUsd);
        json.WriteString("unpriced_reason", usage.UnpricedReason);
        json.WriteString("usage_source", usage.UsageSource);
        WriteId(json, "project_id", usage.ProjectId);
        json.WriteString("price_version", usage.PriceVersion);
        json.WritePropertyName("usage_details");
        json.WriteRawValue(usage.UsageDetails ?? "null");
    }

    private static void WriteTime(Utf8JsonWriter json, string column, DateTimeOffset time) =>
        json.WriteString(column, time.UtcDateTime.ToString(Microseconds, System.Globalization.CultureInfo.InvariantCulture));

    private static void WriteId(Utf8JsonWriter json, string column, Guid? id)
    {
        if (id is { } value)
            json.WriteString(column, value);
        else
            json.WriteNull(column);
    }

    private static void WriteNumber(Utf8JsonWriter json, string column, decimal? number)
    {
        if (number is { } value)
            json.WriteNumber(column, value);
        else
            json.WriteNull(column);
    }

    // In valid JSON a line break stands between values only, never in one: a space there says the same.
    private static ReadOnlyMemory<byte> Value(LoggedBody body)
    {
        if (body.Json is not { } bytes)
            return "null"u8.ToArray();

        if (!bytes.Span.ContainsAny((byte)'\r', (byte)'\n'))
            return bytes;

        var line = bytes.ToArray();
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        return line;
    }
}
