using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>The migrated schema, the model it comes from, and the page that describes it.</summary>
public partial class SchemaTestsDocumentation(GatewayFixture gateway) : GatewayTest(gateway)
{
    [Fact]
    public void No_change_of_the_model_is_without_a_migration()
    {
        using var scope = Gateway.Services.CreateScope();
        scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Database.HasPendingModelChanges().Should().BeFalse();
    }

    [Fact]
    public async Task The_page_describes_every_column_and_no_other()
    {
        var columns = await RowsAsync(
            """
            SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> '__EFMigrationsHistory'
            """);

        DocumentedColumns().Should().BeEquivalentTo(columns.Select(row => $"{row[0]} {row[1]}"));
    }

    [Fact]
    public async Task What_the_page_calls_unique_is_so_and_nothing_else()
    {
        var unique = await RowsAsync(
            """
            SELECT t.relname || '.' || a.attname
            FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
            WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition AND i.indisunique AND NOT i.indisprimary AND i.indnatts = 1
            """);

        Cells().Where(cell => cell.Types.Contains(", unique", StringComparison.Ordinal)).Select(cell => $"{cell.Table}.{cell.Names.Single()}")
            .Should().BeEquivalentTo(unique.Select(row => row[0]));
    }

    private static IEnumerable<string> DocumentedColumns()
    {
        foreach (var (table, names, types) in Cells())
        {
            var each = types.Split(", ").Select(type => type.Split(" → ")[0]).Where(type => Type().IsMatch(type)).Select(Spelled).ToList();
            for (var i = 0; i < names.Count; i++)
                yield return $"{table}.{names[i]} {each[each.Count == 1 ? 0 : i]}";
        }
    }

    /// <summary>The lines of the tables under headings that are names of tables.</summary>
    private static IEnumerable<(string Table, IReadOnlyList<string> Names, string Types)> Cells()
    {
        var table = "";
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "docs", "schema.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                table = line[3..];
            else if (line.StartsWith("| `", StringComparison.Ordinal) && TableName().IsMatch(table) && line.Split(" | ") is [var names, var types, ..])
                yield return (table, [.. names.TrimStart('|', ' ').Split(", ").Select(name => name.Trim('`'))], types);
        }
    }

    private static string Spelled(string type) => type.Replace("timestamptz", "timestamp with time zone", StringComparison.Ordinal);

    [GeneratedRegex(@"^(uuid|text|text\[\]|jsonb?|boolean|integer|bigint|xid8|timestamptz|numeric(\(\d+,\d+\))?)$")]
    private static partial Regex Type();

    [GeneratedRegex("^[a-z_]+$")]
    private static partial Regex TableName();
}
