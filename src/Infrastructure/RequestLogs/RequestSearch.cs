using CleanGateway.Application.RequestLogs;
using CleanGateway.Infrastructure.Persistence;
using Npgsql;

namespace CleanGateway.Infrastructure.RequestLogs;

/// <summary>Searches calls and their answers, which lie in partitions of the same day.</summary>
internal static class RequestSearch
{
    public const string NewestFirst = "q.created_at DESC, q.id DESC";

    private const string Entries =
        """
        q.id, q.created_at, q.request_id, q.client_request_id, q.route, q.method, q.model, q.stream, q.status_code, q.api_key, k.name,
        q.user_id, q.provider_name, r.outcome, r.error_code, r.response_model, r.latency_ms, r.prompt_tokens, r.completion_tokens,
        r.total_tokens, r.cost, r.unpriced_reason
        """;

    // One answer for each call, as they come: the planner takes a join for one that finds next to nothing, and does all of it first.
    private const string CallByCall =
        """
        CROSS JOIN LATERAL (SELECT * FROM responses WHERE request_id_fk = q.id AND request_created_at = q.created_at OFFSET 0) r
        """;

    // For what only answers tell, and few of them: then these are looked through first.
    private const string Joined = "JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at";

    public static SearchQuery ForEntries(RequestSelection asked, RequestPosition? after = null) => For(Entries, asked, after);

    /// <param name="columns">A call is <c>q</c>, its answer <c>r</c>, its key <c>k</c>.</param>
    /// <param name="after">Where the page before has ended, in the order of <see cref="NewestFirst"/>.</param>
    public static SearchQuery For(string columns, RequestSelection asked, RequestPosition? after)
    {
        var byAnswer = asked.Outcome is not (null or "ok") || asked.ErrorCode is not null;
        var query = new SearchQuery($"SELECT {columns} FROM requests q {(byAnswer ? Joined : CallByCall)} LEFT JOIN api_keys k ON k.id = q.api_key");
        if (asked.RequestId is { } id)
            query.Where("q.request_id = ? AND q.created_at = ?", id.Value, id.CreatedAt);
        if (asked.From is { } from)
            During(">=", from);
        if (asked.To is { } to)
            During("<", to);
        if (after is not null)
        {
            // The first condition says nothing new, but partitions are chosen by it.
            During("<=", after.CreatedAt);
            query.Where("(q.created_at, q.id) < (?, ?)", after.CreatedAt, after.Request);
        }

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

        void During(string comparison, DateTimeOffset moment)
        {
            query.Where($"q.created_at {comparison} ?", moment);
            if (byAnswer)
                query.Where($"r.request_created_at {comparison} ?", moment);
        }
    }

    public static RequestEntry ReadEntry(NpgsqlDataReader row)
    {
        return new RequestEntry(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), Text(3), row.GetString(4), row.GetString(5), Text(6),
            row.GetBoolean(7), row.GetInt32(8), row.GetGuid(9), Text(10), Text(11), Text(12), row.GetString(13), Text(14), Text(15),
            row.GetDecimal(16), Number(17), Number(18), Number(19), row.IsDBNull(20) ? null : row.GetDecimal(20), Text(21));

        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        long? Number(int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
    }
}

/// <summary>A place in a list of calls, the newest first.</summary>
/// <param name="Request">The call's number, for those of one moment.</param>
internal sealed record RequestPosition(DateTimeOffset CreatedAt, long Request);
