using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A provider in one variable, as newcomers make theirs.</summary>
public class ProcessTestsOpenAiVariables(GatewayFixture gateway) : ProcessTest
{
    private const string FirstKey = "sk-first-hunter2";
    private const string SecondKey = "sk-second-hunter2";

    [Fact]
    public async Task A_key_and_a_URL_make_a_provider_that_follows_them_at_every_start()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await using var moved = new FakeUpstream();

        var id = await AnswersAsync(database, upstream, $"Bearer {FirstKey}", ("OPENAI_API_KEY", FirstKey), ("OPENAI_BASE_URL", upstream.Url.ToString()));
        (await AnswersAsync(database, upstream, $"Bearer {SecondKey}", ("OPENAI_API_KEY", SecondKey), ("OPENAI_BASE_URL", upstream.Url.ToString())))
            .Should().Be(id, "it is the same provider with another key");
        (await AnswersAsync(database, moved, authorization: null, ("OPENAI_BASE_URL", moved.Url.ToString())))
            .Should().Be(id, "it is the same provider elsewhere, and without a key");

        // Where nothing is set any more, what was made stays.
        (await AnswersAsync(database, moved, authorization: null)).Should().Be(id);
    }

    [Fact]
    public async Task The_key_is_in_no_line_of_the_log_and_in_no_column()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        upstream.Answer = call => call.RespondAsync(
            401, $$$"""{"error":{"message":"Incorrect API key provided: {{{FirstKey}}}.","type":"x","code":"invalid_api_key"}}""");
        await using var process = Start(
            database.Url, ("OPENAI_API_KEY", FirstKey), ("OPENAI_BASE_URL", upstream.Url.ToString()), ("LOG_LEVEL", "trace"));
        var url = await process.ListeningAsync();
        await database.IssueKeyAsync(Key);

        using var answer = await ChatAsync(url, model: "gpt-4o-mini");

        answer.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await answer.Content.ReadAsStringAsync(Stop)).Should().NotContain("hunter2");
        await process.StopAsync();
        process.Output.Concat(process.Errors).Should().HaveCountGreaterThan(20).And.NotContain(line => line.Contains("hunter2", StringComparison.Ordinal));
        (await DumpAsync(database)).Should().Contain("openai-environment").And.NotContain("hunter2");
    }

    /// <returns>The provider's id.</returns>
    private async Task<Guid> AnswersAsync(TestDatabase database, FakeUpstream upstream, string? authorization, params (string, string)[] environment)
    {
        upstream.Reset();
        await using var process = Start(database.Url, environment);
        var url = await process.ListeningAsync();
        var key = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "admin.token"), Stop)).Trim();
        await database.ExecuteAsync("DELETE FROM api_keys");
        await database.IssueKeyAsync(key);

        HttpResponseMessage? answer = null;
        await Eventually.IsTrueAsync(async () => (answer = await ChatAsync(url, key, "gpt-4o-mini")).StatusCode == HttpStatusCode.OK, "it answers");

        (await SaidAsync(answer!)).Should().Be("Hello there");
        upstream.Request.Headers.GetValueOrDefault("Authorization").Should().Be(authorization);
        upstream.Request.Path.Should().Be("/v1/chat/completions");
        (await process.StopAsync()).Should().Be(0);
        var row = (await database.RowsAsync("SELECT id, provider_type, source, encrypted_credentials FROM providers")).Should().ContainSingle().Which;
        row[1..3].Should().Equal("openai", "environment");
        ((string)row[3]!).Should().NotContain("hunter2").And.NotContain("api_key");
        return (Guid)row[0]!;
    }

    // Every row of every table, as text.
    private static async Task<string> DumpAsync(TestDatabase database)
    {
        const string Tables =
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition";
        var dump = new List<string>();
        foreach (var table in await database.RowsAsync(Tables))
            dump.AddRange((await database.RowsAsync($"SELECT t::text FROM \"{table[0]}\" t")).Select(row => (string)row[0]!));

        return string.Join('\n', dump);
    }
}
