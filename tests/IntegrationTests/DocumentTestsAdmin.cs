using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// What <c>docs/admin.md</c> says a newcomer does, done to the letter: by command alone, then by curl alone. Only hosts and
/// ports are others.
/// </summary>
public partial class DocumentTestsAdmin(GatewayFixture gateway) : ProcessTest
{
    [Fact]
    public async Task A_newcomer_gets_from_nothing_to_a_call_by_command_and_by_curl()
    {
        if (!ExternalProgram.Exists("jq") || !ExternalProgram.Exists("curl"))
            Assert.Skip("there is no jq, or no curl");

        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        var running = Start(database.Url, ("ADMIN_HTTP_PORT", "0"), ("UPSTREAM_ALLOW_CIDRS", "127.0.0.0/8"));
        var url = await running.ListeningAsync();
        var admin = await running.AdminListeningAsync();
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "admin.md"), Stop);
        var blocks = Bash().Matches(page).Select(match => match.Groups["text"].Value
            .Replace("--type openai ", $"--type openai --base-url {upstream.Url} ", StringComparison.Ordinal)
            .Replace("\"provider_type\": \"openai\",", $"\"provider_type\": \"openai\", \"config\": {{\"base_url\": \"{upstream.Url}\"}},", StringComparison.Ordinal)
            .Replace("localhost:8080", $"{url.Host}:{url.Port}", StringComparison.Ordinal)
            .Replace("localhost:8081", $"{admin.Host}:{admin.Port}", StringComparison.Ordinal)
            .Replace("export PATH=\"$PWD/build:$PATH\"", $"export PATH=\"{Path.GetDirectoryName(GatewayProcess.Program)}:$PATH\"", StringComparison.Ordinal)).ToList();
        blocks.Should().HaveCount(2);

        foreach (var block in blocks)
        {
            var (exitCode, output, errors) = await BashAsync(block, database);

            exitCode.Should().Be(0, "{0}\n{1}", output, errors);
            output.Should().Contain("Hello there", "the model has answered");
        }

        (await database.RowsAsync("SELECT name, monthly_budget, rate_limit FROM api_keys WHERE name IN ('alice', 'bob') ORDER BY name"))
            .Should().BeEquivalentTo(new object?[][] { ["alice", 10m, 60], ["bob", 20m, null] }, order => order.WithStrictOrdering());
        (await database.ScalarAsync<long>("SELECT count(*) FROM usage_records WHERE total_cost_usd > 0")).Should().Be(2);
        upstream.Requests.Should().OnlyContain(request => request.Headers["Authorization"] == "Bearer sk-of-the-newcomer");
    }

    // Each line has to succeed, as it would have to for somebody who types them.
    private async Task<(int ExitCode, string Output, string Errors)> BashAsync(string script, TestDatabase database)
    {
        var start = new System.Diagnostics.ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment["DATABASE_URL"] = database.Url.Reveal();
        start.Environment["GATEWAY_MASTER_KEY"] = TestSettings.MasterKey;
        start.Environment["OPENAI_API_KEY"] = "sk-of-the-newcomer";
        start.Environment["UPSTREAM_ALLOW_CIDRS"] = "127.0.0.0/8";
        start.Environment["GATEWAY_HTTP_PORT"] = "0";
        start.Environment[GatewayProcess.DotNetRoot.Name] = GatewayProcess.DotNetRoot.Value;
        using var bash = System.Diagnostics.Process.Start(start)!;
        bash.StandardInput.Close();
        var (output, errors) = (bash.StandardOutput.ReadToEndAsync(Stop), bash.StandardError.ReadToEndAsync(Stop));
        await bash.WaitForExitAsync(Stop);
        return (bash.ExitCode, await output, await errors);
    }

    [GeneratedRegex("```bash\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Bash();
}
