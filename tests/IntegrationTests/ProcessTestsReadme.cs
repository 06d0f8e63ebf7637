using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// <c>README.md</c>, done to the letter by a newcomer in a checkout of their own: nothing set, a private PostgreSQL, one
/// block after the other. Only ports are others, and the provider is one of this machine.
/// </summary>
public sealed class ProcessTestsReadme : ProcessTest
{
    private const string ProviderKey = "sk-of-the-newcomer";

    private readonly FakeUpstream upstream = new();
    private readonly List<GatewayProcess> gateways = [];

    public override ValueTask InitializeAsync()
    {
        if (!CheckoutView.IsBuilt)
            Assert.Skip("the release is not built: build/test.sh does");

        CheckoutView.MakeAt(Folder);
        return base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var gateway in gateways)
            await gateway.DisposeAsync();
        if (CheckoutView.IsBuilt)
            await PrivateGateway.StopServerAsync(Path.Combine(Folder, "data"));

        await upstream.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_newcomer_types_what_it_says()
    {
        var blocks = new Queue<PageBlock>(PageBlock.Of("README.md", typeof(ProcessTestsReadme)));

        var url = await StartAsync(blocks.Dequeue());
        (await BashAsync(blocks.Dequeue(), url)).Should().Contain("Say hello!", "the model echo answers with one's own words");
        (await BashAsync(blocks.Dequeue(), url)).Should().Contain("/v1/chat/completions").And.Contain("echo").And.Contain("(1 row)");
        (await gateways[0].StopAsync()).Should().Be(0);

        url = await StartAsync(blocks.Dequeue(), ("OPENAI_BASE_URL", upstream.Url.ToString()));
        (await BashAsync(blocks.Dequeue(), url)).Should().Contain("data: {").And.Contain("data: [DONE]");
        upstream.Request.Headers["Authorization"].Should().Be($"Bearer {ProviderKey}");
        (await BashAsync(blocks.Dequeue(), url)).Should().Contain("INSERT 0 1");

        await using var database = await OpenDatabaseAsync();
        foreach (var sql in new[] { blocks.Dequeue(), blocks.Dequeue() })
            await database.ExecuteAsync(sql.Text.Replace("sk-…", ProviderKey, StringComparison.Ordinal), Stop);
        (await database.RowsAsync("SELECT rate_limit, monthly_budget FROM api_keys WHERE name = 'Test Key'", Stop)).Single().Should().Equal(100, 10m);
        await Eventually.IsTrueAsync(
            async () => ((string)(await database.RowsAsync("SELECT encrypted_credentials FROM providers WHERE name = 'openai-main'", Stop)).Single()[0]!)
                .StartsWith("enc:v1:", StringComparison.Ordinal),
            "the credentials are encrypted at once");

        if (await BashAsync(blocks.Dequeue(), url) is { } said)
            said.Trim().Should().Be("Hello!", "the model echo answers with one's own words");
        blocks.Should().BeEmpty();
    }

    private async Task<Uri> StartAsync(PageBlock block, params (string Name, string Value)[] environment)
    {
        block.Text.Should().Contain("./build/run.sh");
        var script = block.Text.Replace("./build/run.sh", "exec ./build/run.sh", StringComparison.Ordinal).Replace("sk-…", ProviderKey, StringComparison.Ordinal);
        gateways.Add(GatewayProcess.StartProgram("bash", Folder, ["-euc", script], environment));
        return await gateways[^1].ListeningAsync();
    }

    /// <returns>What it printed; null where a program that it needs is not there.</returns>
    private async Task<string?> BashAsync(PageBlock block, Uri url)
    {
        var text = block.Text.Replace("http://localhost:8080", url.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal);
        if (block.Language == "javascript")
        {
            var packages = Path.Combine(Repository.Clients, "node_modules");
            if (!ExternalProgram.Exists("node") || !Directory.Exists(packages))
                return null;

            File.CreateSymbolicLink(Path.Combine(Folder, "node_modules"), packages);
            var key = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "demo.key"), Stop)).Trim();
            await File.WriteAllTextAsync(Path.Combine(Folder, "example.mjs"), text.Replace("'…'", $"'{key}'", StringComparison.Ordinal), Stop);
            text = "node example.mjs";
        }

        var run = await ExternalProgram.RunAsync("bash", ["-euo", "pipefail", "-c", text], Folder, [GatewayProcess.DotNetRoot], Stop);
        run.ExitCode.Should().Be(0, "{0} line {1}: {2}", block.Page, block.Line, run.Errors);
        return run.Output;
    }

    private async Task<NpgsqlDataSource> OpenDatabaseAsync()
    {
        var url = await EmbeddedPostgres.FindRunningAsync(TestSettings.Read(Path.Combine(Folder, "data")), Stop);
        return NpgsqlDataSource.Create(url!.ToConnectionString().ConnectionString + ";Pooling=false");
    }
}
