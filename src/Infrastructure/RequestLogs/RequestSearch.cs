using CleanGateway.Application.RequestLogs;
using CleanGateway.Infrastructure.Persistence;
using Npgsql;

namespace CleanGateway.Infrastructure.RequestLogs;

/// <summary>Searches calls and their answers, which lie in partitions of the same day.</summary>
internal static class RequestSearch
{
    private const string Entries =
        $"""
        SELECT q.id, q.created_at, q.request_id, q.client_request_id, q.route, q.method, q.model, q.stream, q.status_code, q.api_key, k.name,
               q.user_id, q.provider_name, r.outcome, r.error_code, r.response_model, r.latency_ms, r.prompt_tokens, r.completion_tokens,
               r.total_tokens, r.cost, r.unpriced_reason
        {Together} LEFT JOIN api_keys k ON k.id = q.api_key
        """;

    /// <summary>A call is <c>q</c>, its answer <c>r</c>.</summary>
    public const string Together = "FROM requests q JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at";

    public static SearchQuery ForEntries(RequestSelection asked) => Select(new SearchQuery(Entries), asked);

    public static SearchQuery Select(SearchQuery query, RequestSelection asked)
    {
        // Said of both tables, each leaves out the partitions of all other days.
        if (asked.RequestId is { } id)
            query.Where("q.request_id = ? AND q.created_at = ? AND r.request_created_at = ?", id.Value, id.CreatedAt, id.CreatedAt);
        if (asked.From is { } from)
            query.Where("q.created_at >= ? AND r.request_created_at >= ?", from, from);
        if (asked.To is { } to)
            query.Where("q.created_at < ? AND r.request_created_at < ?", to, to);
        if (asked.Status is var (first, last))
            query.Where("q.status_code BETWEEN ? AND ?", first, last);
        if (asked.KeyId is { } key)
            query.Where("q.api_key = ?", key);

        return query
            .WhereGiven("q.model = ?", asked.Model)
            .WhereGiven("q.provider_name = ?", asked.Provider)
            .WhereGiven("r.outcome = ?", asked.Outcome)
            .WhereGiven("r.error_code = ?", asked.ErrorCode)
            .WhereGiven("q.client_request_id = ?", asked.ClientRequestId)
            .WhereGiven("q.user_id = ?", asked.UserId);
    }

    public static RequestEntry ReadEntry(NpgsqlDataReader row)
    {
        return new RequestEntry(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), Text(3), row.GetString(4), row.GetString(5), Text(6), row.GetBoolean(7),
            row.GetInt32(8), row.GetGuid(9), Text(10), Text(11), Text(12), row.GetString(13), Text(14), Text(15), row.GetDecimal(16), Number(17), Number(18),
            Number(19), row.IsDBNull(20) ? null : row.GetDecimal(20), Text(21));

        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        long? Number(int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
    }
}
