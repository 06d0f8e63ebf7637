using System.Text;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What <c>docs/archive.md</c> says about reading and loading, run as it is printed.</summary>
public partial class DocumentTestsArchive(GatewayFixture gateway) : ProcessTest
{
    private const string Printed = "/srv/llm-archive";
    private const string Unreadable = """{"model":"echo","messages":[{"role":"user","content":"\u0000"}]}""";

    private string Archive => Path.Combine(Folder, "archive-folder");

    [Fact]
    public async Task Lines_are_loaded_into_PostgreSQL_each_once_and_are_rows_again()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await ArchiveAsync(database, calls: 3);
        var blocks = await BlocksAsync("Loading it into PostgreSQL");

        await BashAsync(blocks.Single(block => block.Language == "bash").Text, database);
        (await database.ScalarAsync<long>("SELECT count(*) FROM archive")).Should().Be(8, "each of the four calls is there twice");
        var statements = blocks.Where(block => block.Language == "sql")
            .SelectMany(block => Statement().Matches(block.Text)).Select(match => match.Value).ToList();
        statements.Should().HaveCount(4);
        await database.ExecuteAsync(statements[0]);
        await database.ExecuteAsync(statements[1]);

        var rows = await database.RowsAsync(statements[2]);
        rows.Select(row => (string)row[0]!).Should().BeEquivalentTo(
            (await database.RowsAsync("SELECT request_id FROM requests WHERE body::text <> $1", Unreadable)).Select(row => (string)row[0]!));
        (await database.RowsAsync(statements[3])).Should().ContainSingle().Which.Should().Equal("echo", 3L, 0m);
    }

    [Fact]
    public async Task Lines_are_read_with_jq()
    {
        if (!ExternalProgram.Exists("jq"))
            Assert.Skip("there is no jq");

        await using var database = await TestDatabase.CreateAsync(gateway);
        await ArchiveAsync(database, calls: 2);
        var blocks = await BlocksAsync("Reading it");

        (await BashAsync(blocks[0].Text, database)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(6)
            .And.OnlyContain(line => line.Contains("\techo\tok\t", StringComparison.Ordinal));
        (await BashAsync(blocks[1].Text, database)).Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal)
            .Should().Be("""[{"model":"echo","calls":3,"cost":0}]""");
    }

    [Fact]
    public async Task Its_metrics_are_there()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        var running = Start(database.Url, ("LOG_ARCHIVE", "folder"), ("ARCHIVE_FOLDER", Archive), ("ADMIN_HTTP_PORT", "0"));
        await Eventually.IsTrueAsync(() => running.Output.Any(line => AdminPort().IsMatch(line)), "the admin port is told");
        var port = running.Output.Select(line => AdminPort().Match(line)).Single(match => match.Success).Groups["port"].Value;
        var token = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "admin.token"), Stop)).Trim();

        using var answer = await GetAsync(new Uri($"http://127.0.0.1:{port}"), "/metrics", token);
        var metrics = PrometheusText.Parse(await answer.Content.ReadAsStringAsync(Stop));

        var named = MetricRow().Matches(await PageAsync()).Select(match => match.Groups["name"].Value).ToList();
        named.Should().HaveCount(5);
        metrics.Types.Keys.Where(name => name.Contains("_archive_", StringComparison.Ordinal)).Should().BeSubsetOf(named).And.HaveCountGreaterThan(2);
    }

    /// <summary>Some calls and one that PostgreSQL does not read, each twice, as after a crash.</summary>
    private async Task ArchiveAsync(TestDatabase database, int calls)
    {
        var running = Start(database.Url, ("LOG_ARCHIVE", "folder"), ("ARCHIVE_FOLDER", Archive));
        var url = await running.ListeningAsync();
        await database.IssueKeyAsync(Key);
        for (var call = 0; call < calls; call++)
        {
            using var answer = await ChatAsync(url);
            answer.EnsureSuccessStatusCode();
        }

        using var body = new StringContent(Unreadable, Encoding.UTF8, "application/json");
        using var last = await SendAsync(HttpMethod.Post, new Uri(url, "/v1/chat/completions"), Key, body);
        last.EnsureSuccessStatusCode();
        (await running.StopAsync()).Should().Be(0);
        var file = Directory.EnumerateFiles(Archive, "*.jsonl.gz", SearchOption.AllDirectories).Single();
        File.Copy(file, file.Replace(".jsonl.gz", "-again.jsonl.gz", StringComparison.Ordinal));
    }

    private async Task<string> BashAsync(string script, TestDatabase database)
    {
        var result = await ExternalProgram.RunAsync(
            "bash", ["-euo", "pipefail", "-c", script.Replace(Printed, Archive, StringComparison.Ordinal)], Folder,
            [("DATABASE", database.Url.Reveal()), ("PATH", await Psql.PathAsync())], Stop);
        result.ExitCode.Should().Be(0, result.Errors);
        return result.Output;
    }

    private static Task<string> PageAsync() => File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "archive.md"), Stop);

    /// <summary>The blocks of code under a heading.</summary>
    private static async Task<IReadOnlyList<(string Language, string Text)>> BlocksAsync(string heading)
    {
        var section = (await PageAsync()).Split("\n## ").Single(part => part.StartsWith(heading + "\n", StringComparison.Ordinal));
        return [.. Block().Matches(section).Select(match => (match.Groups["language"].Value, match.Groups["text"].Value))];
    }

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(CREATE FUNCTION .*?END \$\$|(CREATE VIEW|SELECT) [^;]*);", RegexOptions.Singleline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"^Admin endpoints listening on :(?<port>\d+)$")]
    private static partial Regex AdminPort();

    [GeneratedRegex(@"^\| `(?<name>cleangateway_archive_\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();
}
