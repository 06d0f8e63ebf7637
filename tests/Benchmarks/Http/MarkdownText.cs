using System.Text;

namespace CleanGateway.Benchmarks.Http;

/// <summary>Text with tables.</summary>
internal sealed class MarkdownText
{
    private readonly StringBuilder text = new();

    public void Line(string line) => text.Append(line).Append('\n');

    public void Section(string title, IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        Line($"### {title}");
        Line("");
        Table(columns, rows);
    }

    public void Table(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        Line($"| {string.Join(" | ", columns)} |");
        Line($"|{string.Concat(columns.Select(_ => "---|"))}");
        foreach (var row in rows)
            Line($"| {string.Join(" | ", row)} |");
        Line("");
    }

    public override string ToString() => text.ToString();
}
