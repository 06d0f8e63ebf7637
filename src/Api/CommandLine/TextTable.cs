using CleanGateway.Domain.Common;
using Spectre.Console;

namespace CleanGateway.Api.CommandLine;

/// <summary>A table for people, in columns that are as wide as they have to be; those of numbers end at the right.</summary>
internal static class TextTable
{
    // Wider than any table: lines are never broken, so that other programs can read them.
    private const int Unlimited = 100_000;
    private const int Gap = 2;

    /// <param name="texts">How many columns, from the left, are no numbers.</param>
    public static void Write(TextWriter output, IReadOnlyList<string>? header, IEnumerable<IReadOnlyList<string>> lines, int texts)
    {
        var rows = lines.ToList();
        var table = new Table().NoBorder();
        if (header is null)
            table.HideHeaders();

        for (var column = 0; column < (header?.Count ?? texts); column++)
        {
            // A name may be anything; it must not command the terminal, nor be taken for markup.
            var title = new Text(header is null ? "" : StorableText.Safe(header[column]));
            table.AddColumn(new TableColumn(title)
            {
                Alignment = column < texts ? Justify.Left : Justify.Right,
                NoWrap = true,
                Padding = new Padding(0, 0, column + 1 == (header?.Count ?? texts) ? 0 : Gap, 0),
            });
        }

        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(StorableText.Safe(cell))));

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = Unlimited;
        console.Write(table);
    }
}
