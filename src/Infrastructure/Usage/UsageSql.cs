using CleanGateway.Application.Usage;

namespace CleanGateway.Infrastructure.Usage;

/// <summary>
/// The statement that answers a <see cref="UsageQuestion"/>: put together from the pieces here alone, what was asked for
/// goes into its parameters. It reads the partitions of the period only.
/// </summary>
internal static class UsageSql
{
    /// <summary>Parameters: from, to, id of a key, id of a project, model (each of these may be NULL), most rows.</summary>
    /// <returns>Columns: those of the groups, all text; then the nine sums of <see cref="UsageRow"/>.</returns>
    public static string For(IEnumerable<UsageGroup> groups)
    {
        var pieces = groups.Select(PieceOf).ToList();
        return $"""
            SELECT {Join(pieces.Select(piece => piece.Shown))}, requests, prompt_tokens, completion_tokens, total_tokens,
                   cached_tokens, reasoning_tokens, total_cost_usd, unpriced_requests, estimated_requests
            FROM (
                SELECT {Join(pieces.Select(piece => piece.Grouped))}, count(*) AS requests,
                       coalesce(sum(prompt_tokens), 0)::bigint AS prompt_tokens, coalesce(sum(completion_tokens), 0)::bigint AS completion_tokens,
                       coalesce(sum(total_tokens), 0)::bigint AS total_tokens, coalesce(sum(cached_tokens), 0)::bigint AS cached_tokens,
                       coalesce(sum(reasoning_tokens), 0)::bigint AS reasoning_tokens, coalesce(sum(total_cost_usd), 0) AS total_cost_usd,
                       count(*) FILTER (WHERE total_cost_usd IS NULL) AS unpriced_requests,
                       count(*) FILTER (WHERE usage_source = 'estimated') AS estimated_requests
                FROM usage_records
                WHERE created_at >= $1 AND created_at < $2
                  AND ($3 IS NULL OR api_key_id = $3) AND ($4 IS NULL OR project_id = $4) AND ($5 IS NULL OR model = $5)
                GROUP BY {Join(pieces.Select((_, place) => $"{place + 1}"))}
            ) AS usage
            {string.Join(' ', pieces.Select(piece => piece.Joined))}
            ORDER BY {Join(pieces.Select(piece => piece.Order))}
            LIMIT $6
            """;
    }

    private static Piece PieceOf(UsageGroup group) => group switch
    {
        UsageGroup.Key => new(
            "api_key_id", "api_key_id::text, api_keys.name", "LEFT JOIN api_keys ON api_keys.id = api_key_id",
            "api_keys.name COLLATE \"C\", api_key_id"),
        UsageGroup.Project => new(
            "project_id AS of_project", "of_project::text, projects.name", "LEFT JOIN projects ON projects.id = of_project",
            "projects.name COLLATE \"C\", of_project"),
        UsageGroup.Model => new("model", "model", "", "model COLLATE \"C\""),
        UsageGroup.Day => new("(created_at AT TIME ZONE 'UTC')::date AS day", "to_char(day, 'YYYY-MM-DD')", "", "day"),
        _ => throw new ArgumentOutOfRangeException(nameof(group), group, "has no columns"),
    };

    private static string Join(IEnumerable<string> pieces) => string.Join(", ", pieces);

    /// <param name="Grouped">What the ledger's lines are grouped by.</param>
    /// <param name="Shown">Its columns in the answer.</param>
    /// <param name="Joined">Where names come from.</param>
    private sealed record Piece(string Grouped, string Shown, string Joined, string Order);
}
