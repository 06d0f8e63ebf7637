using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;

namespace CleanGateway.IntegrationTests;

/// <summary>The page that says which test shows what: it must not name one that is not there.</summary>
public partial class DocumentTestsCoverage
{
    [Fact]
    public async Task Every_test_class_it_names_is_there()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "spec-coverage.md"), TestContext.Current.CancellationToken);
        var classes = typeof(DocumentTestsCoverage).Assembly.GetTypes().Select(type => type.Name).ToList();

        var named = TestClass().Matches(page).Select(match => (Name: match.Groups["name"].Value, IsFamily: match.Groups["more"].Success)).ToList();

        named.Should().HaveCountGreaterThan(30);
        named.Where(test => test.IsFamily ? !classes.Exists(name => name.StartsWith(test.Name, StringComparison.Ordinal)) : !classes.Contains(test.Name))
            .Should().BeEmpty();
    }

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z]*Tests[A-Za-z]*)(?<more>…)?`")]
    private static partial Regex TestClass();
}
