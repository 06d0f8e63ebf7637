using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Credentials that are kept somewhere else: followed at each reading, stored never.</summary>
public sealed class AdminTestsReferences(GatewayFixture gateway) : AdminTest(gateway), IDisposable
{
    private const string Variable = "CLEANGATEWAY_TEST_PROVIDER_KEY";
    private const string SystemdFolder = "CREDENTIALS_DIRECTORY";

    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        Environment.SetEnvironmentVariable(SystemdFolder, null);
        folder.Dispose();
    }

    [Fact]
    public async Task A_variable_is_the_key_and_only_its_name_is_kept()
    {
        Environment.SetEnvironmentVariable(Variable, "sk-from-the-environment");

        using var made = await MakeAsync($"env://{Variable}");
        using var chat = await ServedChatAsync();

        (made.StatusCode, chat.StatusCode).Should().Be((HttpStatusCode.Created, HttpStatusCode.OK));
        (await JsonAsync(made)).GetProperty("credentials").GetRawText().Should().Be($$"""{"set":true,"hint":"env://{{Variable}}"}""");
        Upstream.Request.Headers["Authorization"].Should().Be("Bearer sk-from-the-environment");
        foreach (var table in await RowsAsync("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            (await ScalarAsync<long>($"SELECT count(*) FROM \"{table[0]}\" t WHERE t::text LIKE '%sk-from-the%'")).Should().Be(0, $"{table[0]}");
    }

    [Fact]
    public async Task A_file_is_read_again_whenever_the_configuration_is()
    {
        Environment.SetEnvironmentVariable(SystemdFolder, folder.Path);
        var file = Path.Combine(folder.Path, "openai");
        await File.WriteAllTextAsync(file, "sk-first\n", Stop);
        await MakeAsync($"file://{file}");
        (await ServedChatAsync()).StatusCode.Should().Be(HttpStatusCode.OK);

        await File.WriteAllTextAsync(file, "sk-second\n", Stop);
        await SqlAsync("UPDATE config_version SET version = version + 1");
        await Gateway.SettledAsync();
        (await ChatAsync()).StatusCode.Should().Be(HttpStatusCode.OK);

        Upstream.Requests.Select(request => request.Headers["Authorization"]).Should().Equal("Bearer sk-first", "Bearer sk-second");
    }

    [Fact]
    public async Task One_that_leads_nowhere_any_more_leaves_the_last_good_configuration()
    {
        Environment.SetEnvironmentVariable(Variable, "sk-from-the-environment");
        await MakeAsync($"env://{Variable}");
        (await ServedChatAsync()).StatusCode.Should().Be(HttpStatusCode.OK);

        Environment.SetEnvironmentVariable(Variable, null);
        await SqlAsync("UPDATE config_version SET version = version + 1");
        await Gateway.SettledAsync();

        (await ChatAsync()).StatusCode.Should().Be(HttpStatusCode.OK);
        await using var starting = await AnotherGateway.StartAsync(Gateway);
        starting.Problems.Should().ContainSingle().Which.Should().Contain($"'env://{Variable}'").And.Contain("not set").And.NotContain("sk-from");
    }

    [Fact]
    public async Task What_must_not_be_read_is_refused_and_nothing_is_written()
    {
        Environment.SetEnvironmentVariable(SystemdFolder, Path.Combine(folder.Path, "secrets"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "secrets"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "outside"), "sk-outside", Stop);
        File.CreateSymbolicLink(Path.Combine(folder.Path, "secrets", "link"), "../outside");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "secrets", "passwd"), "/etc/passwd");
        string[] references =
        [
            "env://GATEWAY_MASTER_KEY", "env://DATABASE_URL", "env://PGPASSWORD", "env://NOT_SET_ANYWHERE", "file:///etc/passwd",
            $"file://{folder.Path}/outside", $"file://{folder.Path}/secrets/../outside", $"file://{folder.Path}/secrets/link",
            $"file://{folder.Path}/secrets/passwd", $"file://{folder.Path}/secrets/gone",
        ];

        foreach (var reference in references)
        {
            using var answer = await MakeAsync(reference);

            answer.StatusCode.Should().Be(HttpStatusCode.BadRequest, reference);
            (await answer.Content.ReadAsStringAsync(Stop)).Should().Contain($"'{reference}'").And.Contain("\"credentials\"").And.NotContain("sk-outside").And.NotContain("root:");
        }

        (await ScalarAsync<long>("SELECT count(*) FROM providers")).Should().Be(0);
    }

    [Fact]
    public async Task What_it_leads_to_is_held_to_what_a_key_is_held_to()
    {
        Environment.SetEnvironmentVariable(Variable, "two words");

        using var answer = await MakeAsync($"env://{Variable}");

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync(Stop)).Should().Contain("no HTTP header can carry").And.NotContain("two words");
    }

    private Task<HttpResponseMessage> MakeAsync(string reference) => CreateAsync(
        "providers",
        $$$"""{"name":"main","provider_type":"openai","config":{"base_url":"{{{Upstream.Url}}}","allow_cidrs":["127.0.0.0/8"]},"credentials":{"api_key":"{{{reference}}}"}}""");

    private async Task<HttpResponseMessage> ServedChatAsync()
    {
        await CreateAsync("models", """{"name":"gpt-4","litellm_provider":"openai"}""");
        await IssueKeyAsync();
        return await ChatAsync();
    }
}
