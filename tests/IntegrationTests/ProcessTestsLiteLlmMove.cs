using System.Text.RegularExpressions;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// The move from a running LiteLLM, step by step as <c>docs/migrating-from-litellm.md</c> prints it: its file, its table of
/// keys, a server of one's own behind both. Only hosts and ports are others.
/// </summary>
public partial class ProcessTestsLiteLlmMove(GatewayFixture gateway) : ProcessTest
{
    private const string CallersKey = "sk-virtual-key-of-a-caller";

    /// <summary>The columns that are read, as LiteLLM's schema.prisma declares them.</summary>
    private const string TableOfKeys =
        """
        CREATE TABLE "LiteLLM_VerificationToken" (
            token text PRIMARY KEY, key_name text, key_alias text, models text[], expires timestamp(3), max_parallel_requests integer,
            blocked boolean, tpm_limit bigint, rpm_limit bigint, max_budget double precision, budget_duration text)
        """;

    [Fact]
    public async Task Callers_move_with_the_keys_they_have_and_can_move_back()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var litellm = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await FillAsync(litellm);
        var running = Start(database.Url, ("UPSTREAM_ALLOW_CIDRS", "127.0.0.0/8"), ("VLLM_API_KEY", "sk-of-the-server"));
        var url = await running.ListeningAsync();
        var blocks = await PrepareAsync(upstream);
        var outputs = new List<string>();

        blocks.Should().HaveCount(6);
        foreach (var block in blocks[..^1])
            outputs.Add(await BashAsync(block, url, database, litellm));
        await Eventually.IsTrueAsync(async () => await database.ScalarAsync<long>("SELECT count(*) FROM usage_records") == 1, "the call is in the ledger");
        outputs.Add(await BashAsync(blocks[^1], url, database, litellm));

        outputs[0].Should().Contain("+ alias summaries: hosted_vllm/qwen3-32b at ").And.Contain("+ alias cheap: ")
            .And.Contain("model_list[2]").And.Contain("router_settings.routing_strategy").And.Contain("litellm_settings.max_budget");
        outputs[4].Should().Contain("Hello there");
        outputs[5].Should().Be("search team|0.000002100\n");
        upstream.Request.Headers["Authorization"].Should().Be("Bearer sk-of-the-server");
        upstream.Request.Json.GetProperty("model").GetString().Should().Be("qwen3-32b");
        await KeysShouldBeAsync(database);
    }

    private static async Task KeysShouldBeAsync(TestDatabase database) =>
        (await database.RowsAsync(
            """
            SELECT k.name, p.name, k.rate_limit, k.tokens_per_minute, k.max_concurrent, k.daily_budget, k.monthly_budget, k.total_budget, allowed_models,
                   expires_at = '2099-01-01T00:00:00Z'
            FROM api_keys k JOIN projects p ON p.id = project_id ORDER BY 1
            """)).Should().BeEquivalentTo(
            new object?[][]
            {
                ["alice", "litellm", 600, null, null, null, 50m, null, new[] { "summaries" }, null],
                ["batch", "litellm", null, null, 4, 5m, null, null, null, null],
                ["search team", "litellm", 60, 100_000L, null, null, null, 20.5m, new[] { "summaries", "gpt-4o" }, true],
            },
            order => order.WithStrictOrdering());

    private static async Task FillAsync(TestDatabase litellm)
    {
        await litellm.ExecuteAsync(TableOfKeys);
        await litellm.ExecuteAsync(
            """
            INSERT INTO "LiteLLM_VerificationToken" VALUES
                ($1, 'sk-...ller', 'search team', '{summaries,gpt-4o}', '2099-01-01 00:00:00', NULL, NULL, 100000, 60, 20.5, NULL),
                ($2, 'sk-...atch', 'batch', '{all-proxy-models}', NULL, 4, false, NULL, NULL, 5, '24h'),
                ($3, 'sk-...gone', 'gone', '{}', NULL, NULL, true, NULL, NULL, NULL, NULL),
                ('litellm-dashboard', NULL, NULL, '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL)
            """,
            Secret.Hash(CallersKey), Secret.Hash("sk-batch"), Secret.Hash("sk-gone"));
    }

    /// <summary>The steps that are run, with the files they need beside them.</summary>
    private async Task<string[]> PrepareAsync(FakeUpstream upstream)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "migrating-from-litellm.md"), Stop);
        var walk = page[page.IndexOf("\n## Moving over", StringComparison.Ordinal)..].Replace("10.0.0.5:8000", $"127.0.0.1:{upstream.Port}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(Folder, "litellm.yaml"), Yaml().Match(walk).Groups["text"].Value, Stop);
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "model_prices_and_context_window.json"),
            """{"claude-sonnet-4-5": {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}}""", Stop);
        return [.. Step().Matches(walk).Select(match => match.Groups["text"].Value)];
    }

    // Each line has to succeed, as it would have to for somebody who types them.
    private async Task<string> BashAsync(string script, Uri url, TestDatabase database, TestDatabase litellm)
    {
        var run = await ExternalProgram.RunAsync(
            "bash", ["-euo", "pipefail", "-c", script.Replace("localhost:8080", url.Authority, StringComparison.Ordinal)], Folder,
            [
                ("PATH", Path.GetDirectoryName(Path.GetFullPath(GatewayProcess.Program)) + Path.PathSeparator + await Psql.PathAsync()),
                ("DATABASE_URL", database.Url.Reveal()), ("LITELLM_DATABASE_URL", litellm.Url.Reveal()), ("CALLERS_KEY", CallersKey),
                ("GATEWAY_MASTER_KEY", TestSettings.MasterKey), ("UPSTREAM_ALLOW_CIDRS", "127.0.0.0/8"), GatewayProcess.DotNetRoot,
            ],
            Stop, atMost: TimeSpan.FromMinutes(3));
        run.ExitCode.Should().Be(0, "{0}\n{1}\n{2}", script, run.Output, run.Errors);
        return run.Output;
    }

    [GeneratedRegex(@"^```yaml\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Yaml();

    [GeneratedRegex(@"^<!-- run by: ProcessTestsLiteLlmMove -->\n```bash\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Step();
}
