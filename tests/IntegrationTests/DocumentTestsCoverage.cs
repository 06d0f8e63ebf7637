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
        var classes = new[] { typeof(DocumentTestsCoverage), typeof(UnitTests.RandomJson) }
            .SelectMany(known => known.Assembly.GetTypes()).Select(type => type.Name).ToList();

        var named = TestClass().Matches(page).Select(match => (Name: match.Groups["name"].Value, IsFamily: match.Groups["more"].Success)).ToList();

        named.Should().HaveCountGreaterThan(atLeast);
        named.Where(test => test.IsFamily ? !classes.Exists(name => name.StartsWith(test.Name, StringComparison.Ordinal)) : !classes.Contains(test.Name))
            .Should().BeEmpty();
    }

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z]*Tests[A-Za-z]*)(?<more>…)?`")]
    private static partial Regex TestClass();
}
