using System.Net;
using System.Text.Json;
using CleanGateway.Infrastructure.Security;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Providers, models and aliases, by command.</summary>
public class ProcessTestsProviders(GatewayFixture gateway) : ProcessTest
{
    private const string Secret = "sk-by-command-line-wxyz";

    private (string Name, string Value)[] Environment =>
    [
        ("DATABASE_URL", gateway.DatabaseUrl.Reveal()),
        ("GATEWAY_MASTER_KEY", Convert.ToBase64String(gateway.Services.GetRequiredService<MasterKeys>().Held[0].Bytes)),
    ];

    private string Server => $"--base-url {gateway.Upstream.Url} --allow-cidr 127.0.0.0/8 --allow-cidr ::1/128";

    public override async ValueTask InitializeAsync() => await gateway.ResetAsync();

    [Fact]
    public async Task All_that_a_chat_takes_is_made_and_taken_away_by_command()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "key.json"), $$"""{"api_key":"{{Secret}}"}""", Stop);

        var id = (await ShouldSucceedAsync($"providers create main --type openai {Server} --credentials-file key.json")).Should().ContainSingle().Which;
        await ShouldSucceedAsync("models create big --provider openai --input-cost-per-token 3e-5 --output-cost-per-token 0.00006 --upstream-model gpt-4");
        await ShouldSucceedAsync("aliases create best --model big --provider main");
        var key = (await ShouldSucceedAsync("keys issue ci")).Single();
        await gateway.SettledAsync();
        using var answer = await ChatAsync(gateway.Url, key, "best");
        var tested = await ShouldSucceedAsync("providers test main");
        var providers = await ShouldSucceedAsync("providers list");
        var models = await ShouldSucceedAsync("models list --prefix b");
        var aliases = await ShouldSucceedAsync("aliases list");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        gateway.Upstream.Requests.Should().OnlyContain(request => request.Headers["Authorization"] == $"Bearer {Secret}");
        tested.Should().ContainSingle().Which.Should().MatchRegex(@"^ok \(200\), \d+ ms$");
        Cells(providers[1]).Should().Equal(id, "main", "openai", "yes", "operator", "…wxyz", gateway.Upstream.Url.ToString());
        Cells(models[1])[1..].Should().Equal("big", "openai", "chat", "gpt-4", "0.00003", "0.00006");
        Cells(aliases[1])[1..].Should().Equal("best", "big", "main", "yes");

        (await RunToEndAsync("providers delete main", Environment)).Errors.Should().ContainSingle().Which.Should().Contain("1 aliases lead to");
        await ShouldSucceedAsync("aliases change best --provider none --enabled false");
        await ShouldSucceedAsync("models change big --input-cost-per-token none --drop-params true");
        (await ShouldSucceedAsync("models list --json"))[0].Should().Be("[");
        await ShouldSucceedAsync("aliases delete best");
        await ShouldSucceedAsync("models delete big");
        await ShouldSucceedAsync("providers delete main");
        (await gateway.Database.RowsAsync("SELECT DISTINCT actor_kind FROM audit_log WHERE target_type IN ('provider', 'model', 'model_alias')", Stop))
            .Should().ContainSingle().Which.Should().Equal("command_line");
    }

    [Fact]
    public async Task A_key_comes_by_standard_input_and_json_shows_only_its_end()
    {
        await ShouldSucceedAsync($"providers create main --type openai {Server}");

        await using var set = GatewayProcess.StartProgram(
            "/bin/sh", Folder, ["-c", $"printf '%s\\n' {Secret} | {GatewayProcess.Program} providers set-credentials main --api-key-stdin --json"], Environment);

        (await set.EndedAsync()).Should().Be(0, string.Join('\n', set.Errors));
        var json = string.Concat(set.Output);
        JsonDocument.Parse(json).RootElement.GetProperty("credentials").GetProperty("hint").GetString().Should().Be("wxyz");
        json.Should().NotContain("sk-by-command");
        (await ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).Should().StartWith("enc:").And.NotContain(Secret);
    }

    [Fact]
    public async Task A_key_as_an_argument_is_refused_and_not_repeated()
    {
        var run = await RunToEndAsync($"providers create main --type openai --api-key {Secret}", Environment);

        run.ExitCode.Should().Be(1);
        run.Errors.Should().ContainSingle().Which.Should().Contain("--api-key-stdin").And.NotContain(Secret);
        (await ScalarAsync<long>("SELECT count(*) FROM providers")).Should().Be(0);
    }

    [Fact]
    public async Task A_reference_is_the_gateways_to_follow()
    {
        await ShouldSucceedAsync("providers create main --type openai --api-key env://ONLY_THE_GATEWAY_HAS_IT");
        await ShouldSucceedAsync("providers change main --display-name Main");
        var wrong = await RunToEndAsync("providers set-credentials main --api-key env://GATEWAY_MASTER_KEY", Environment);

        (await ScalarAsync<string>("SELECT credentials_hint FROM providers")).Should().Be("env://ONLY_THE_GATEWAY_HAS_IT");
        wrong.ExitCode.Should().Be(1);
        wrong.Errors.Should().ContainSingle().Which.Should().Contain("setting of the gateway's own");
    }

    [Fact]
    public async Task With_another_master_key_nothing_is_sealed()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "key.json"), $$"""{"api_key":"{{Secret}}"}""", Stop);
        await ShouldSucceedAsync($"providers create main --type openai {Server} --credentials-file key.json");

        var run = await RunToEndAsync(
            "providers create other --type openai --credentials-file key.json", Environment[0], ("GATEWAY_MASTER_KEY", new string('7', 63) + '8'));

        run.ExitCode.Should().Be(1);
        run.Errors.Should().ContainSingle().Which.Should().Contain("are encrypted with the master key");
        (await ScalarAsync<long>("SELECT count(*) FROM providers")).Should().Be(1);
    }

    [Theory]
    [InlineData("providers test nobody", "There is no provider 'nobody'")]
    [InlineData("models delete nothing", "There is no model 'nothing'")]
    [InlineData("aliases change nothing --enabled false", "There is no alias 'nothing'")]
    [InlineData("providers create x --type nobody", "provider_type is 'nobody'")]
    [InlineData("providers create x --type openai --config []", "--config is no JSON object")]
    [InlineData("providers create x --type openai --credentials-file gone.json", "gone.json cannot be read")]
    [InlineData("models create m --provider openai --input-cost-per-token -1", "--input-cost-per-token is '-1'")]
    public async Task What_cannot_be_is_told(string commandLine, string said)
    {
        var run = await RunToEndAsync(commandLine, Environment);

        run.ExitCode.Should().Be(1);
        string.Join('\n', run.Errors).Should().Contain(said);
    }

    private async Task<T> ScalarAsync<T>(string sql) => (T)(await gateway.Database.RowsAsync(sql, Stop)).Single()[0]!;

    private static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private async Task<IReadOnlyList<string>> ShouldSucceedAsync(string commandLine)
    {
        var run = await RunToEndAsync(commandLine, Environment);
        run.ExitCode.Should().Be(0, string.Join('\n', run.Errors));
        run.Errors.Should().BeEmpty();
        return run.Output;
    }
}
