using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CleanGateway.Api.Common;

namespace CleanGateway.Api.CommandLine;

/// <summary>What commands print: tables for people, or the admin API's JSON for programs.</summary>
internal static class CommandOutput
{
    public static Option<bool> JsonOption() => new("--json") { Description = "Print JSON, as the admin API gives it" };

    /// <summary>A number or a time in a table; a dash where there is none.</summary>
    public static string Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "-";

    public static void WriteJson<T>(T answer) => Console.WriteLine(JsonSerializer.Serialize(answer, AdminJson.Indented));

    /// <param name="texts">As for <see cref="TextTable.Write"/>.</param>
    public static void WriteList<T>(IReadOnlyList<T> items, bool asJson, IReadOnlyList<string> header, Func<T, IReadOnlyList<string>> cells, int texts)
    {
        if (asJson)
            WriteJson(items);
        else
            TextTable.Write(Console.Out, header, items.Select(cells), texts);
    }

    /// <summary>One thing: a line for each of its members.</summary>
    public static void WriteOne(IEnumerable<(string Name, string Value)> members) =>
        TextTable.Write(Console.Out, header: null, members.Select(member => (IReadOnlyList<string>)[member.Name, member.Value]), texts: 2);
}
