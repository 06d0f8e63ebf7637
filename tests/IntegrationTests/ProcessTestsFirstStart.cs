using System.Net;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A newcomer's first minutes: the program in an empty folder, nothing set, and the same a second time.</summary>
[Collection(PrivateGatewayCollection.Name)]
public partial class ProcessTestsFirstStart(PrivateGateway first, GatewayFixture gateway) : ProcessTest
{
    [Theory]
    [InlineData("admin.token", "^gwa_[A-Za-z0-9_-]{40,}$")]
    [InlineData("demo.key", "^gw_[A-Za-z0-9_-]{40,}$")]
    [InlineData("master.key", "^[A-Za-z0-9+/]{43}=$")]
    [InlineData("postgres.password", "^[0-9a-f]{48}$")]
    public void Every_secret_is_in_a_file_that_only_its_owner_can_read(string file, string form)
    {
        first.ReadSecret(file).Should().MatchRegex(form);
        File.GetUnixFileMode(Path.Combine(first.DataFolder, file)).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void It_says_where_the_secrets_are_and_not_what_they_are()
    {
        var data = first.DataFolder;
        first.FirstWords.Should().Contain($"Admin token: in {data}/admin.token")
            .And.Contain($"Demo API key for the model echo: in {data}/demo.key");

        var said = string.Join('\n', first.FirstWords);
        foreach (var file in new[] { "admin.token", "demo.key", "master.key", "postgres.password" })
            said.Should().NotContain(first.ReadSecret(file), "that is the secret of {0}", file);
    }

    [Fact]
    public void Plain_lines_for_people_stand_beside_the_structured_log()
    {
        first.FirstWords.Should().Contain($"LLM Gateway listening on :{first.FirstUrl.Port}")
            .And.ContainSingle(line => PrivatePostgres().IsMatch(line));
        first.FirstWords.Where(line => line.StartsWith('{')).Should().NotBeEmpty()
            .And.OnlyContain(line => line.Contains("\"Level\":\"Information\"", StringComparison.Ordinal), "nothing went wrong");
    }

    [Fact]
    public async Task The_demo_key_is_answered_in_the_callers_words()
    {
        first.FirstAnswer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await SaidAsync(first.FirstAnswer)).Should().Be("Guten Morgen!");
    }

    [Fact]
    public async Task A_second_start_keeps_the_rows_and_secrets_of_the_first_and_has_nothing_to_say_about_them()
    {
        var (token, key) = (first.AdminToken, first.DemoKey);
        await using var again = first.Start();
        var url = await again.ListeningAsync();

        (first.AdminToken, first.DemoKey).Should().Be((token, key));
        again.Output.Should().NotContain(line => line.Contains("admin.token", StringComparison.Ordinal) || line.Contains("demo.key", StringComparison.Ordinal)
            || line.Contains("Making", StringComparison.Ordinal) || line.Contains("migrations", StringComparison.Ordinal));
        await using var database = await first.OpenDatabaseAsync();
        (await database.RowsAsync(
            """
            SELECT q.model, q.status_code, r.outcome, q.body #>> '{messages,0,content}', r.response_body #>> '{choices,0,message,content}', k.name,
                   (SELECT count(*) FROM usage_records u WHERE u.request_id = q.request_id)
            FROM requests q JOIN responses r ON r.request_id_fk = q.id JOIN api_keys k ON k.id::text = q.api_key::text
            WHERE q.request_id = $1
            """, Stop, RequestId(first.FirstAnswer))).Should().ContainSingle().Which
            .Should().Equal("echo", 200, "ok", "Guten Morgen!", "Guten Morgen!", "demo", 1L);
        using var book = await GetAsync(url, "/api/requests?limit=100", token);
        (await JsonAsync(book)).GetProperty("data").EnumerateArray().Select(row => row.GetProperty("request_id").GetString())
            .Should().Contain(RequestId(first.FirstAnswer));
        using var next = await ChatAsync(url, key);
        next.StatusCode.Should().Be(HttpStatusCode.OK);
        using var other = await ChatAsync(url, key, model: "another");
        (await JsonAsync(other)).GetProperty("error").GetProperty("code").GetString().Should().Be("model_not_allowed", "it is for the echo model alone");
    }

    [Fact]
    public async Task At_a_terminal_the_secrets_are_shown_this_once()
    {
        Assert.SkipUnless(ExternalProgram.Exists("script"), "needs script, of util-linux");
        await using var database = await TestDatabase.CreateAsync(gateway);

        // The port is in use, so that the start ends by itself as soon as it has said what it has to say.
        var start = new[] { ("DATABASE_URL", database.Url.Reveal()), ("GATEWAY_HTTP_PORT", $"{gateway.Url.Port}"), GatewayProcess.DotNetRoot };
        await ExternalProgram.RunAsync("script", ["-q", "-e", "-c", GatewayProcess.Program, "typescript"], Folder, start, Stop);

        var seen = await File.ReadAllTextAsync(Path.Combine(Folder, "typescript"), Stop);
        foreach (var file in new[] { "admin.token", "demo.key" })
            seen.Should().Contain((await File.ReadAllTextAsync(Path.Combine(Folder, "data", file), Stop)).Trim());
    }

    [GeneratedRegex(@"^Making a private PostgreSQL \d+ in .+/data/postgres$|the database goes to /var/lib/cleangateway")]
    private static partial Regex PrivatePostgres();
}
