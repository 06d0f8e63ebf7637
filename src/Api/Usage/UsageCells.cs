using System.Globalization;
using CleanGateway.Application.Usage;

namespace CleanGateway.Api.Usage;

/// <summary>Usage as a table of texts: what CSV and the command line show.</summary>
internal static class UsageCells
{
    private static readonly string[] Sums =
    [
        "requests", "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens",
        "total_cost_usd", "unpriced_requests", "estimated_requests",
    ];

    public static IReadOnlyList<string> Header(UsageSummary usage) => [.. usage.GroupColumns(), .. Sums];

    /// <returns>A line for each row, and one for the total, which says so in its first cell.</returns>
    public static IEnumerable<IReadOnlyList<string>> Lines(UsageSummary usage)
    {
        var columns = usage.GroupColumns().ToList();
        foreach (var row in usage.Rows)
            yield return [.. columns.Select(column => row.Group[column] ?? ""), .. SumsOf(row)];

        yield return ["total", .. columns.Skip(1).Select(_ => ""), .. SumsOf(usage.Total)];
    }

    private static IEnumerable<string> SumsOf(UsageRow row) =>
    [
        Text(row.Requests), Text(row.PromptTokens), Text(row.CompletionTokens), Text(row.TotalTokens), Text(row.CachedTokens),
        Text(row.ReasoningTokens), row.TotalCostUsd.ToString("0.000000000", CultureInfo.InvariantCulture),
        Text(row.UnpricedRequests), Text(row.EstimatedRequests),
    ];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
