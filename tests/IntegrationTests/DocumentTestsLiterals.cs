using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;

namespace CleanGateway.IntegrationTests;

/// <summary>The other document tests run copies; this one looks whether the copies are true, where the documents are at hand.</summary>
public partial class DocumentTestsLiterals
{
    [Fact]
    public async Task Every_copied_command_and_answer_is_in_its_document()
    {
        var folder = FindDocuments();
        Assert.SkipWhen(folder is null, "The source documents are not here; CLEANGATEWAY_SPEC_DIR says where they are.");

        var copies = typeof(Printed).GetNestedTypes()
            .SelectMany(document => document.GetFields())
            .Select(field => (Document: field.DeclaringType!.Name[^3..], field.Name, Text: (string)field.GetRawConstantValue()!))
            .ToList();
        var missing = new List<string>();
        foreach (var document in copies.GroupBy(copy => copy.Document))
        {
            var file = Directory.GetFiles(folder!, $"{document.Key}_*.txt").Should().ContainSingle().Which;
            var text = LineEdges(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
            missing.AddRange(
                from copy in document
                where !text.Contains(LineEdges(copy.Text), StringComparison.Ordinal)
                select $"{copy.Document} {copy.Name}");
        }

        missing.Should().BeEmpty();
        copies.Should().HaveCountGreaterThan(30).And.OnlyContain(copy => copy.Text.Length > 10);
        copies.Select(copy => copy.Document).Distinct().Should().BeEquivalentTo("000", "001", "003", "004");
    }

    private static string? FindDocuments()
    {
        if (Environment.GetEnvironmentVariable("CLEANGATEWAY_SPEC_DIR") is { Length: > 0 } told)
            return told;

        for (var folder = new DirectoryInfo(Repository.Root); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, "shared", "spec") is var documents && Directory.Exists(documents))
                return documents;
        }

        return null;
    }

    // How far a line is indented, and what blanks it ends in, is the page's business and not the command's.
    private static string LineEdges(string text) => Edges().Replace(text.Trim(), "\n");

    [GeneratedRegex(@"[ \t]*\r?\n[ \t]*")]
    private static partial Regex Edges();
}
