using System.Net;
using System.Text;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary><c>cleangateway archive replay</c>: a database that has lost calls gets them again from the archive.</summary>
public class ProcessTestsReplay(GatewayFixture gateway) : ProcessTest
{
    // Everything but the numbers that a database gives.
    private static readonly string[] Books =
    [
        "SELECT to_jsonb(q) - 'id' FROM requests q ORDER BY request_id",
        "SELECT to_jsonb(r) - 'id' - 'request_id_fk' FROM requests q JOIN responses r ON r.request_id_fk = q.id ORDER BY q.request_id",
        "SELECT to_jsonb(u) - 'id' FROM usage_records u ORDER BY request_id",
        "SELECT to_jsonb(m) FROM monthly_usage_summary m ORDER BY api_key_id, year, month",
        "SELECT scope_id, period, spent FROM budgets ORDER BY scope_id, period",
    ];

    private string Archive => Path.Combine(Folder, "archive-folder");

    [Fact]
    public async Task Calls_that_are_not_there_are_written_once_and_as_they_were()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await ArchiveAsync(database, upstream);
        var before = await BooksAsync(database);
        await database.ExecuteAsync("TRUNCATE requests, responses, usage_records, monthly_usage_summary, budgets");

        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "archive.md"), Stop);
        var printed = page.Split('\n').Single(line => line.StartsWith("cleangateway archive replay ", StringComparison.Ordinal));
        var written = await RunToEndAsync(
            printed["cleangateway ".Length..].Replace("/srv/llm-archive", Archive, StringComparison.Ordinal), ("DATABASE_URL", database.Url.Reveal()));
        var after = await BooksAsync(database);
        var again = await ReplayAsync(database, $"{Archive} --since 2020-01-01T00:00:00Z");
        var none = await ReplayAsync(database, $"{Archive} --since 2099-01-01T00:00:00Z");

        written.Output.Should().Equal("1 files: 5 calls written, 0 were there, 0 of them corrected");
        after.Should().BeEquivalentTo(before, strict => strict.WithStrictOrdering());
        again.Output.Should().Equal("1 files: 0 calls written, 5 were there, 0 of them corrected");
        none.Output.Should().Equal("0 files: 0 calls written, 0 were there, 0 of them corrected");
        (await BooksAsync(database)).Should().BeEquivalentTo(before, strict => strict.WithStrictOrdering(), "nothing is counted twice");
    }

    [Fact]
    public async Task What_the_archive_says_last_of_a_calls_end_counts()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await ArchiveAsync(database, upstream);
        await database.ExecuteAsync("UPDATE responses SET outcome = 'gateway_crash', error_code = 'x' WHERE outcome = 'ok'");

        (await ReplayAsync(database, Archive)).Output.Should().Equal("1 files: 0 calls written, 5 were there, 4 of them corrected");

        (await database.ScalarAsync<long>("SELECT count(*) FROM responses WHERE outcome = 'ok' AND error_code IS NULL")).Should().Be(4);
    }

    [Fact]
    public async Task The_line_that_was_written_last_counts_in_whichever_folder_it_is()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await ArchiveAsync(database, upstream);
        var line = ArchivedLines.All(ArchivedLines.In(Archive)).First(one => one.Contains("\"outcome\":\"ok\"", StringComparison.Ordinal));
        var hour = DateTimeOffset.UtcNow.ToString("yyyyMMddHH", System.Globalization.CultureInfo.InvariantCulture);
        var (earlier, later) = (Guid.CreateVersion7(DateTimeOffset.UtcNow.AddMinutes(-5)), Guid.CreateVersion7(DateTimeOffset.UtcNow));
        var (first, last) = (Directory.CreateDirectory(Path.Combine(Folder, "a")).FullName, Directory.CreateDirectory(Path.Combine(Folder, "b")).FullName);
        await File.WriteAllTextAsync(
            Path.Combine(first, $"{hour}-one-{later:N}.jsonl"), line.Replace("\"outcome\":\"ok\"", "\"outcome\":\"client_closed\"", StringComparison.Ordinal) + "\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(last, $"{hour}-one-{earlier:N}.jsonl"), line + "\n", Stop);

        foreach (var folders in new[] { $"{first} {last}", $"{last} {first}" })
        {
            await ReplayAsync(database, folders);
            (await database.ScalarAsync<long>("SELECT count(*) FROM responses WHERE outcome = 'client_closed'")).Should().Be(1, folders);
        }
    }

    [Fact]
    public async Task What_was_said_past_its_time_stays_forgotten_and_what_it_cost_does_not()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await ArchiveAsync(database, upstream);
        var before = await BooksAsync(database);
        await database.ExecuteAsync("TRUNCATE requests, responses, usage_records, monthly_usage_summary, budgets");
        var dated = ArchivedLines.All(ArchivedLines.In(Archive)).Select(Older).ToList();
        var past = Path.Combine(Folder, "past.jsonl");
        await File.WriteAllLinesAsync(past, dated, Stop);

        var replayed = await ReplayAsync(database, past, ("LOG_RETENTION_DAYS", "30"));
        var again = await ReplayAsync(database, past, ("LOG_RETENTION_DAYS", "30"));

        replayed.Output.Should().Equal("1 files: 4 calls written, 0 were there, 0 of them corrected, 5 past LOG_RETENTION_DAYS in the ledger alone");
        again.Output.Should().Equal("1 files: 0 calls written, 4 were there, 0 of them corrected, 5 past LOG_RETENTION_DAYS in the ledger alone");
        (await database.ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0);
        (await database.ScalarAsync<long>("SELECT count(*) FROM usage_records")).Should().Be(before[2].Count);
        (await database.ScalarAsync<long>("SELECT sum(total_requests)::bigint FROM monthly_usage_summary")).Should().Be(before[2].Count);

        // Where the ledger has been given up since, its lines would be counted a second time.
        await database.ExecuteAsync("TRUNCATE usage_records");
        (await ReplayAsync(database, past, ("LOG_RETENTION_DAYS", "30"))).Output
            .Should().Equal("1 files: 0 calls written, 0 were there, 0 of them corrected, 5 left out of months whose ledger is past its time");
    }

    [Fact]
    public async Task Months_whose_ledger_is_gone_are_not_counted_a_second_time()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await ArchiveAsync(database, upstream);
        var line = ArchivedLines.All(ArchivedLines.In(Archive))[0];
        var old = Path.Combine(Folder, "old.jsonl");
        await File.WriteAllTextAsync(old, System.Text.RegularExpressions.Regex.Replace(line, "\"created_at\":\"[0-9]{4}", "\"created_at\":\"2001") + "\n", Stop);

        var left = await ReplayAsync(database, old, ("LEDGER_RETENTION_MONTHS", "3"));

        left.Output.Should().Equal("1 files: 0 calls written, 0 were there, 0 of them corrected, 1 left out of months whose ledger is past its time");
    }

    [Fact]
    public async Task Damaged_files_give_what_they_have_and_are_told()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await ArchiveAsync(database, upstream);
        await database.ExecuteAsync("TRUNCATE requests, responses, usage_records, monthly_usage_summary, budgets");
        var file = Directory.EnumerateFiles(Archive, "*.jsonl.gz", SearchOption.AllDirectories).Single();
        var lines = ArchivedLines.Lines(await File.ReadAllBytesAsync(file, Stop)).ToList();
        var mixed = Path.Combine(Folder, "mixed.jsonl");
        await File.WriteAllTextAsync(mixed, $"{lines[0]}\nno line\n{lines[1]}\n{lines[2][..40]}", Stop);
        var noGzip = Path.Combine(Folder, "broken.jsonl.gz");
        await File.WriteAllBytesAsync(noGzip, Encoding.UTF8.GetBytes("no gzip"), Stop);

        var replayed = await ReplayAsync(database, $"{noGzip} {mixed}");
        var gone = await ReplayAsync(database, "gone.jsonl");

        replayed.ExitCode.Should().Be(1);
        replayed.Output.Should().Equal("2 files: 2 calls written, 0 were there, 0 of them corrected");
        replayed.Errors.Should().HaveCount(2).And.Contain($"{mixed}: line 2: it is not JSON (byte 1)")
            .And.Contain(error => error.StartsWith($"{noGzip}: cannot be read behind line 0: ", StringComparison.Ordinal));
        (gone.ExitCode, gone.Errors.Single()).Should().Be((1, "gone.jsonl was not found: expected a file of the archive, or a folder with some"));
    }

    private static string Older(string line)
    {
        var moment = DateTimeOffset.UtcNow.AddDays(-70).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        return System.Text.RegularExpressions.Regex.Replace(line, "\"(created_at|start_time|end_time)\":\"[0-9]{4}-[0-9]{2}-[0-9]{2}", $"\"$1\":\"{moment}");
    }

    private Task<(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)> ReplayAsync(
        TestDatabase database, string arguments, params (string, string)[] more) =>
        RunToEndAsync($"archive replay {arguments}", [("DATABASE_URL", database.Url.Reveal()), .. more]);

    /// <summary>Four calls with an answer, streamed and not, and one without.</summary>
    private async Task ArchiveAsync(TestDatabase database, FakeUpstream upstream)
    {
        var running = Start(database.Url, ("LOG_ARCHIVE", "folder"), ("ARCHIVE_FOLDER", Archive));
        var url = await running.ListeningAsync();
        await database.IssueKeyAsync(Key);
        await database.ServeAsync(upstream);
        for (var call = 0; call < 4; call++)
        {
            using var answer = await ChatAsync(url, model: "gpt-4", stream: call % 2 == 1);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            await answer.Content.ReadAsStringAsync(Stop);
        }

        using var unknown = await ChatAsync(url, model: "no-such-model");
        unknown.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await running.StopAsync()).Should().Be(0);
    }

    private static async Task<IReadOnlyList<IReadOnlyList<object?[]>>> BooksAsync(TestDatabase database)
    {
        var books = new List<IReadOnlyList<object?[]>>();
        foreach (var book in Books)
            books.Add(await database.RowsAsync(book));

        books[0].Should().HaveCount(5);
        books[2].Should().HaveCount(4);
        return books;
    }
}
