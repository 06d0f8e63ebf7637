using System.Runtime.InteropServices;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>Reads what <see cref="ArchiveLine"/> writes. Bodies come out as the bytes that stand in the line.</summary>
internal static class ArchivedExchange
{
    // As deep as a line can be that was written: bodies are bounded when they come in, far below this.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 4096 };

    /// <param name="line">Without its line break.</param>
    /// <exception cref="FormatException">It is not a line of the archive; the message says what is wrong, and tells nothing of its content.</exception>
    public static ExchangeRow Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Options);
            var root = document.RootElement;
            var usage = root.GetProperty("usage_record");
            return new ExchangeRow(
                Request(root.GetProperty("request")),
                Response(root.GetProperty("response")),
                usage.ValueKind == JsonValueKind.Null ? null : Usage(usage));
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"it is not JSON (byte {malformed.BytePositionInLine})", malformed);
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FormatException("it has not the members of an archived call", wrong);
        }
    }

    private static RequestRow Request(JsonElement row) => new(
        Text(row, "request_id") ?? throw new FormatException(), Time(row, "created_at"), Text(row, "client_request_id"),
        row.GetProperty("api_key").GetGuid(), Text(row, "route")!, Text(row, "method")!, Text(row, "url")!, Raw(row, "headers"),
        Text(row, "model"), Text(row, "user_id"), row.GetProperty("stream").GetBoolean(), Id(row, "provider_id"), Text(row, "provider_name"),
        row.GetProperty("status_code").GetInt32(), Time(row, "start_time"), Time(row, "end_time"))
    {
        Body = Body(row, "body"),
    };

    private static ResponseRow Response(JsonElement row) => new(
        Time(row, "created_at"), Text(row, "outcome")!, Text(row, "error_code"), row.GetProperty("status_code").GetInt32(),
        row.GetProperty("latency_ms").GetDecimal(), Text(row, "response_model"), Count(row, "prompt_tokens"), Count(row, "completion_tokens"),
        Count(row, "total_tokens"), Amount(row, "cost"), Text(row, "unpriced_reason"), Text(row, "usage_source"))
    {
        Body = Body(row, "response_body"),
    };

    private static UsageRow Usage(JsonElement row) => new(
        row.GetProperty("provider_id").GetGuid(), Text(row, "model")!, Count(row, "prompt_tokens"), Count(row, "completion_tokens"),
        Count(row, "total_tokens"), Count(row, "cached_tokens"), Count(row, "reasoning_tokens"), Amount(row, "total_cost_usd"),
        Text(row, "unpriced_reason"), Text(row, "usage_source"), Id(row, "project_id"), Text(row, "price_version"), Raw(row, "usage_details"));

    private static LoggedBody Body(JsonElement row, string column)
    {
        var form = Text(row, "body_form");
        var known = Enum.GetValues<BodyForm>().Where(candidate => candidate.ToSnakeCase() == form).ToList();
        if (known is not [var one])
            throw new FormatException();

        return one is BodyForm.None or BodyForm.Omitted
            ? new LoggedBody(null, one)
            : new LoggedBody(JsonMarshal.GetRawUtf8Value(row.GetProperty(column)).ToArray(), one);
    }

    // Columns that came with later versions are not in earlier lines.
    private static JsonElement? Value(JsonElement row, string column) =>
        row.TryGetProperty(column, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement row, string column) => Value(row, column)?.GetString();

    private static string? Raw(JsonElement row, string column) => Value(row, column)?.GetRawText();

    private static Guid? Id(JsonElement row, string column) => Value(row, column)?.GetGuid();

    private static long? Count(JsonElement row, string column) => Value(row, column)?.GetInt64();

    private static decimal? Amount(JsonElement row, string column) => Value(row, column)?.GetDecimal();

    private static DateTimeOffset Time(JsonElement row, string column) => row.GetProperty(column).GetDateTimeOffset();
}
