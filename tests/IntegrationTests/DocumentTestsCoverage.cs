using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;

namespace CleanGateway.IntegrationTests;

/// <summary>The pages that say which test shows what: they must not name one that is not there.</summary>
public partial class DocumentTestsCoverage
{
    [Theory]
    [InlineData("spec-coverage.md", 30)]
    [InlineData("providers.md", 15)]
    public async Task Every_test_class_it_names_is_there(string file, int atLeast)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", file), TestContext.Current.CancellationToken);
        var classes = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines).Select(line => ClassName().Match(line)).Where(match => match.Success)
            .Select(match => match.Groups["name"].Value).ToList();

        var named = TestClass().Matches(page).Select(match => (Name: match.Groups["name"].Value, IsFamily: match.Groups["more"].Success)).ToList();

        named.Should().HaveCountGreaterThan(atLeast);
        named.Where(test => test.IsFamily ? !classes.Exists(name => name.StartsWith(test.Name, StringComparison.Ordinal)) : !classes.Contains(test.Name))
            .Should().BeEmpty();
    }

    [Fact]
    public async Task Every_row_of_what_is_asked_for_says_how_it_stands_and_what_shows_it()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "spec-coverage.md"), TestContext.Current.CancellationToken);
        var rows = CoverageRow().Matches(page).ToDictionary(row => row.Groups["id"].Value, row => (State: row.Groups["state"].Value, Shown: row.Groups["shown"].Value));

        rows.Keys.Should().BeEquivalentTo([.. Enumerable.Range(1, 17).Select(number => $"G{number}"), .. Enumerable.Range(1, 12).Select(number => $"P{number}")]);
        rows.Where(row => row.Value.State.Contains("not yet", StringComparison.OrdinalIgnoreCase) || !TestClass().IsMatch(row.Value.Shown)).Should().BeEmpty();
    }

    [GeneratedRegex(@"^\| (?<id>[GP]\d+) \| [^|]+ \| (?<state>[^|]+) \| (?<shown>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex CoverageRow();

    [GeneratedRegex(@"\bclass (?<name>\w+)")]
    private static partial Regex ClassName();

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z]*Tests[A-Za-z]*)(?<more>…)?`")]
    private static partial Regex TestClass();
}
