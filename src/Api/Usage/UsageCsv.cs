using System.Buffers;
using CleanGateway.Application.Usage;

namespace CleanGateway.Api.Usage;

/// <summary>Usage as comma-separated values (RFC 4180), with a header line and the total as the last one.</summary>
internal static class UsageCsv
{
    public const string ContentType = "text/csv; charset=utf-8; header=present";

    private const string LineEnd = "\r\n";
    private static readonly SearchValues<char> ToBeQuoted = SearchValues.Create(",\"\r\n");

    /// <returns>The lines with their ends.</returns>
    public static IEnumerable<string> Lines(UsageSummary usage) =>
        UsageCells.Lines(usage).Prepend(UsageCells.Header(usage)).Select(cells => string.Join(',', cells.Select(Cell)) + LineEnd);

    // Every cell is looked at, but only names can begin like this: ids, days and sums begin with a letter or a digit.
    private static string Cell(string text)
    {
        var safe = IsFormula(text) ? $"'{text}" : text;
        return safe.AsSpan().ContainsAny(ToBeQuoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    /// <summary>A spreadsheet would compute it, and whoever may name a key or a model could have it do what he likes.</summary>
    private static bool IsFormula(string text) => text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..];
}
