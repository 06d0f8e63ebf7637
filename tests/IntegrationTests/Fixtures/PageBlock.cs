using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// A block of commands or SQL that a page prints. The line above it, a comment that readers of the page do not see, says who
/// runs it (<c>run by: SomeTests</c>) or why nobody does (<c>not run: why</c>).
/// </summary>
/// <param name="Page">Path from the checkout's root.</param>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Mark">The comment above; null: there is none.</param>
internal sealed partial record PageBlock(string Page, int Line, string Language, string Text, string? Mark)
{
    private static readonly string[] Commands = ["bash", "sh", "sql", "ini", "yaml", "javascript", "python", "csharp"];

    /// <summary>The classes that run it.</summary>
    public IReadOnlyList<string> RunBy => Mark?.StartsWith("run by: ", StringComparison.Ordinal) == true
        ? Mark["run by: ".Length..].Split(", ", StringSplitOptions.RemoveEmptyEntries)
        : [];

    /// <summary>Why nobody runs it.</summary>
    public string? Reason => Mark?.StartsWith("not run: ", StringComparison.Ordinal) == true ? Mark["not run: ".Length..] : null;

    /// <summary>The pages for users and developers; decisions print none.</summary>
    public static IEnumerable<string> Pages =>
    [
        "README.md", "CONTRIBUTING.md",
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(file => $"docs/{Path.GetFileName(file)}").Order(StringComparer.Ordinal),
    ];

    /// <summary>What a page tells people to type, in its order.</summary>
    public static IReadOnlyList<PageBlock> Of(string page)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, page));
        return
        [
            .. Block().Matches(text)
                .Select(match => new PageBlock(
                    page, text.AsSpan(0, match.Groups["text"].Index).Count('\n'), match.Groups["language"].Value, match.Groups["text"].Value,
                    match.Groups["mark"].Success ? match.Groups["mark"].Value : null))
                .Where(block => Commands.Contains(block.Language)),
        ];
    }

    /// <summary>Those that a class runs, in the page's order.</summary>
    public static IReadOnlyList<PageBlock> Of(string page, Type runBy) => [.. Of(page).Where(block => block.RunBy.Contains(runBy.Name))];

    [GeneratedRegex(@"^(?:<!-- (?<mark>[^\n]+) -->\n+)?```(?<language>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
