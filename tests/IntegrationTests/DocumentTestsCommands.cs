using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Everything that README and docs tell people to type is run by a test, or says why not.</summary>
public class DocumentTestsCommands
{
    private static readonly Dictionary<string, string> Sources = Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "tests", "IntegrationTests"), "*Tests*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}node_modules{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .ToDictionary(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal);

    public static TheoryData<string> Pages => [.. PageBlock.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_names_the_test_that_runs_it_or_says_why_there_is_none(string page)
    {
        foreach (var block in PageBlock.Of(page))
        {
            var where = $"{page} line {block.Line}";
            if (block.Reason is { } reason)
            {
                reason.Length.Should().BeGreaterThan(10, "{0} has to say why", where);
                continue;
            }

            block.RunBy.Should().NotBeEmpty("the block of {0} has no comment above it, neither `run by:` nor `not run:`", where);
            foreach (var name in block.RunBy)
            {
                Sources.ContainsKey(name).Should().BeTrue("{0} names {1}", where, name);
                File.ReadAllText(Sources[name]).Should().Contain(
                    Path.GetFileNameWithoutExtension(page), "{0} is said to be run by {1}, which has to read it out of the page", where, name);
            }
        }
    }

    [Fact]
    public void Pages_have_blocks() => PageBlock.Pages.SelectMany(PageBlock.Of).Count(block => block.RunBy.Count > 0).Should().BeGreaterThan(20);
}
