using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;

namespace CleanGateway.IntegrationTests;

/// <summary><c>docs/runbook.md</c> knows every alert there is, and no message that there is not.</summary>
public partial class DocumentTestsRunbook
{
    private static readonly string Page = Read("docs", "runbook.md");

    [Fact]
    public void It_has_something_to_do_about_every_alert()
    {
        var alerts = Alert().Matches(Read("build", "deploy", "monitoring", "rules.yaml")).Select(match => match.Groups["name"].Value).ToList();
        var rows = AlertRow().Matches(Page).ToDictionary(row => row.Groups["name"].Value, row => row.Groups["link"].Value);

        alerts.Should().HaveCountGreaterThan(20);
        rows.Keys.Should().BeEquivalentTo(alerts);
        rows.Should().OnlyContain(row => row.Value.Equals(row.Key, StringComparison.OrdinalIgnoreCase), "the anchor in metrics.md is the alert's name");
    }

    [Fact]
    public void Every_message_it_explains_is_one_that_the_program_has()
    {
        var source = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var section = Page.Split("\n## ").Single(part => part.StartsWith("What the messages mean\n", StringComparison.Ordinal));
        var messages = MessageRow().Matches(section).Select(row => row.Groups["message"].Value).Where(message => message != "message").ToList();

        messages.Should().HaveCountGreaterThan(20);
        foreach (var part in messages.SelectMany(message => message.Split('…')).Select(part => part.Trim(' ', ':', ';')).Where(part => part.Length > 0))
            source.Contains(part, StringComparison.Ordinal).Should().BeTrue("the runbook explains a message with '{0}'", part);
    }

    [Fact]
    public void Every_command_it_names_is_one_that_the_program_has()
    {
        var commands = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Api", "CommandLine"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        var named = Command().Matches(Page).Select(match => match.Groups["words"].Value.Split(' ')).ToList();

        named.Should().HaveCountGreaterThan(10);
        foreach (var word in named.SelectMany(words => words).Distinct())
            commands.Contains($"\"{word}\"", StringComparison.Ordinal).Should().BeTrue("the runbook names the command {0}", word);
    }

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([Repository.Root, .. path]));

    [GeneratedRegex(@"^\s+- alert: (?<name>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex(@"^\| \[(?<name>CleanGateway\w+)\]\(metrics\.md#(?<link>\w+)\) \| \S.* \|$", RegexOptions.Multiline)]
    private static partial Regex AlertRow();

    [GeneratedRegex(@"^\| `(?<message>.+?)` \| \S.* \|$", RegexOptions.Multiline)]
    private static partial Regex MessageRow();

    [GeneratedRegex(@"`(?:\./build/)?cleangateway (?<words>[a-z][a-z-]*(?: [a-z][a-z-]*)?)")]
    private static partial Regex Command();
}
