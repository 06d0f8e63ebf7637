using CleanGateway.Api.Usage;
using CleanGateway.Application.Usage;

namespace CleanGateway.UnitTests.Api.Usage;

public class UsageCsvTests
{
    private const string Sums =
        "requests,prompt_tokens,completion_tokens,total_tokens,cached_tokens,reasoning_tokens,total_cost_usd,unpriced_requests,estimated_requests";

    [Fact]
    public void There_is_a_header_even_where_there_is_nothing_else_but_the_total() => Write(["key", "day"]).Should().Equal(
        $"key_id,key_name,day,{Sums}\r\n",
        "total,,,0,0,0,0,0,0,0.000000000,0,0\r\n");

    [Fact]
    public void Columns_stand_in_the_order_asked_for() =>
        Write(["model", "project"])[0].Should().StartWith("model,project_id,project_name,requests,");

    [Fact]
    public void Sums_are_plain_decimals_and_what_is_not_known_is_empty()
    {
        var row = new UsageRow(Group(null), 1, 20, 30, 50, 4, 5, 12_345_678_901.000000001m, 6, 7);

        Write(["key"], row)[1].Should().Be("42,,1,20,30,50,4,5,12345678901.000000001,6,7\r\n");
    }

    [Theory]
    [InlineData("plain name", "plain name")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("the \"best\"", "\"the \"\"best\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("Zoë 模型", "Zoë 模型")]
    [InlineData("", "")]
    public void Names_are_quoted_where_they_would_end_a_cell(string name, string cell) => CellOf(name).Should().Be(cell);

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("=HYPERLINK(\"http://evil.example\",\"x\")", "\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\"")]
    [InlineData("a=1", "a=1")]
    [InlineData("gpt-4", "gpt-4")]
    public void No_name_is_a_formula_to_a_spreadsheet(string name, string cell) => CellOf(name).Should().Be(cell);

    private static string CellOf(string name)
    {
        var line = Write(["key"], new UsageRow(Group(name), 1, 1, 1, 1, 1, 1, 1, 1, 1))[1];
        line.Should().StartWith("42,").And.EndWith(",1,1,1,1,1,1,1.000000000,1,1\r\n");
        return line["42,".Length..^",1,1,1,1,1,1,1.000000000,1,1\r\n".Length];
    }

    private static Dictionary<string, string?> Group(string? name) => new() { ["key_id"] = "42", ["key_name"] = name };

    private static List<string> Write(string[] groups, params UsageRow[] rows) =>
        [.. UsageCsv.Lines(new UsageSummary(groups, default, default, rows, UsageRow.TotalOf(rows)))];
}
