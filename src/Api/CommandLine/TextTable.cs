using CleanGateway.Domain.Common;

namespace CleanGateway.Api.CommandLine;

/// <summary>A table for people, in columns that are as wide as they have to be; those of numbers end at the right.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    /// <param name="texts">How many columns, from the left, are no numbers.</param>
    public static void Write(TextWriter output, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> lines, int texts)
    {
        // A name may be anything; it must not command the terminal.
        var rows = lines.Prepend(header).Select(line => line.Select(cell => StorableText.Safe(cell)).ToArray()).ToList();
        var widths = header.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, column) => column < texts ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            output.WriteLine(string.Join(Gap, cells).TrimEnd());
        }
    }
}
