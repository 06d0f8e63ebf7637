namespace CleanGateway.Application.Usage;

/// <summary>What calls used and cost in a period.</summary>
/// <param name="GroupBy">The words for what the rows are grouped by.</param>
/// <param name="To">Not in the period.</param>
/// <param name="Total">The sum of all rows; its group is empty.</param>
public sealed record UsageSummary(IReadOnlyList<string> GroupBy, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<UsageRow> Rows, UsageRow Total)
{
    /// <summary>The names in each row's <see cref="UsageRow.Group"/>, which tables have as columns even without a row.</summary>
    public IEnumerable<string> GroupColumns() =>
        GroupBy.SelectMany(word => word is "key" or "project" ? [$"{word}_id", $"{word}_name"] : (string[])[word]);
}

/// <param name="Group">
/// <c>key_id</c> and <c>key_name</c>, <c>project_id</c> and <c>project_name</c>, <c>model</c>, <c>day</c> (<c>yyyy-MM-dd</c>),
/// as was asked for. Names are today's, null where the key or project is gone; a project's id is null for keys without one.
/// </param>
/// <param name="PromptTokens">Of the calls whose tokens are known, like the other tokens; cached ones are among them.</param>
/// <param name="CompletionTokens">Reasoning tokens are among them.</param>
/// <param name="TotalCostUsd">Of the calls whose cost is known; exact to the nano-dollar.</param>
/// <param name="UnpricedRequests">Calls whose cost is not known.</param>
/// <param name="EstimatedRequests">Calls whose tokens were estimated, because the provider's own count was lost.</param>
public sealed record UsageRow(
    IReadOnlyDictionary<string, string?> Group, long Requests, long PromptTokens, long CompletionTokens, long TotalTokens, long CachedTokens,
    long ReasoningTokens, decimal TotalCostUsd, long UnpricedRequests, long EstimatedRequests)
{
    private static readonly UsageRow Nothing = new(new Dictionary<string, string?>(), 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public static UsageRow TotalOf(IEnumerable<UsageRow> rows) => rows.Aggregate(Nothing, static (sum, row) => checked(new UsageRow(
        sum.Group,
        sum.Requests + row.Requests,
        sum.PromptTokens + row.PromptTokens,
        sum.CompletionTokens + row.CompletionTokens,
        sum.TotalTokens + row.TotalTokens,
        sum.CachedTokens + row.CachedTokens,
        sum.ReasoningTokens + row.ReasoningTokens,
        sum.TotalCostUsd + row.TotalCostUsd,
        sum.UnpricedRequests + row.UnpricedRequests,
        sum.EstimatedRequests + row.EstimatedRequests)));
}
