using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// What the smaller pages print, run to the letter beside one gateway: docs/adding-a-provider.md, docs/configuration.md,
/// docs/messages.md, docs/prices.md, docs/reports.md and docs/telemetry.md. Only hosts and ports are others.
/// </summary>
public sealed class ProcessTestsPages(GatewayFixture gateway) : ProcessTest
{
    private const string Catalogue = """
        {"gpt-4o-mini": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07}}
        """;

    [Fact]
    public async Task Their_commands_do_what_they_say()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var files = new FakeUpstream();
        files.Answer = call => call.RespondAsync(200, Catalogue);
        var running = Start(database.Url, ("ADMIN_HTTP_PORT", "0"), ("UPSTREAM_ALLOW_CIDRS", "127.0.0.0/8"));
        var (url, admin) = (await running.ListeningAsync(), await running.AdminListeningAsync());
        await File.WriteAllTextAsync(Path.Combine(Folder, "model_prices_and_context_window.json"), Catalogue, Stop);
        Directory.CreateDirectory(Path.Combine(Folder, "build"));
        File.CreateSymbolicLink(Path.Combine(Folder, "build", "cleangateway"), GatewayProcess.Program);

        (await RunAsync("docs/messages.md")).Should().ContainSingle().Which.Should().Contain("\"type\":\"message\"").And.Contain("Say hello!");
        (await RunAsync("docs/reports.md")).Should().HaveCount(2).And.OnlyContain(said => said.Contains("Demo", StringComparison.OrdinalIgnoreCase));
        (await RunAsync("docs/prices.md")).Should().ContainSingle().Which.Should().Contain("gpt-4o-mini");
        (await RunAsync("docs/telemetry.md")).Should().ContainSingle().Which.Should().Contain("\"CleanGateway.Infrastructure.ProviderAdapters\":\"debug\"");
        (await RunAsync("docs/adding-a-provider.md")).Should().ContainSingle();
        (await RunAsync("docs/configuration.md")).Should().ContainSingle();

        (await database.RowsAsync("SELECT name FROM providers WHERE provider_type <> 'echo' ORDER BY name")).Select(row => row[0])
            .Should().Equal("acme", "azure", "bedrock", "vertex");
        (await database.ScalarAsync<long>("SELECT count(*) FROM models WHERE model_name IN ('gpt-4o-mini', 'acme-large')")).Should().Be(2);

        async Task<List<string>> RunAsync(string page)
        {
            var said = new List<string>();
            foreach (var block in PageBlock.Of(page, typeof(ProcessTestsPages)))
            {
                if (block.Language == "sql")
                {
                    said.Add($"{await database.ExecuteAsync(block.Text)} rows");
                    continue;
                }

                var text = block.Text
                    .Replace("http://localhost:8080", url.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
                    .Replace("http://localhost:9090", admin.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
                    .Replace("https://example.com", $"http://127.0.0.1:{files.Port}", StringComparison.Ordinal);
                var run = await ExternalProgram.RunAsync("bash", ["-euo", "pipefail", "-c", text], Folder, await EnvironmentAsync(), Stop);
                run.ExitCode.Should().Be(0, "{0} line {1}: {2}", block.Page, block.Line, run.Errors);
                said.Add(run.Output);
            }

            return said;
        }

        async Task<(string, string)[]> EnvironmentAsync()
        {
            var token = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "admin.token"), Stop)).Trim();
            return
            [
                GatewayProcess.DotNetRoot, ("DATABASE_URL", database.Url.Reveal()), ("GATEWAY_MASTER_KEY", TestSettings.MasterKey),
                ("PATH", $"{Path.GetDirectoryName(GatewayProcess.Program)}:{await Psql.PathAsync()}"),
                ("ADMIN", new Uri(admin, "/admin").ToString()), ("TOKEN", token), ("ADMIN_TOKEN", token),
            ];
        }
    }
}
