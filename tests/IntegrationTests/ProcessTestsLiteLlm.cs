using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary><c>cleangateway import-litellm</c>, and what <c>docs/migrating-from-litellm.md</c> says of it, done as it is printed.</summary>
public partial class ProcessTestsLiteLlm(GatewayFixture gateway) : ProcessTest
{
    private static readonly (string, string) MasterKey = ("GATEWAY_MASTER_KEY", TestSettings.MasterKey);

    [Fact]
    public async Task The_documented_file_becomes_what_the_document_says()
    {
        await using var database = await MigratedAsync();
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "migrating-from-litellm.md"), Stop);
        var blocks = Block().Matches(page[..page.IndexOf("\n## Moving over", StringComparison.Ordinal)])
            .ToDictionary(block => block.Groups["language"].Value, block => block.Groups["text"].Value);
        await File.WriteAllTextAsync(Path.Combine(Folder, "config.yaml"), blocks["yaml"], Stop);
        var commands = blocks["bash"].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line["cleangateway ".Length..]).ToList();

        var tried = await RunToEndAsync(commands[0], ("DATABASE_URL", database.Url.Reveal()), MasterKey);
        var done = await RunToEndAsync(commands[1], ("DATABASE_URL", database.Url.Reveal()), MasterKey);
        var again = await RunToEndAsync(commands[1], ("DATABASE_URL", database.Url.Reveal()), MasterKey);

        (tried.ExitCode, done.ExitCode, again.ExitCode).Should().Be((0, 0, 0), string.Join('\n', done.Errors));
        done.Output.Should().Equal(blocks["text"].Split('\n', StringSplitOptions.RemoveEmptyEntries));
        tried.Output.Should().Equal(done.Output.SkipLast(1).Append($"{done.Output[^1]}; nothing was written"));
        again.Output[^1].Should().StartWith("0 made, 0 changed, 8 unchanged, 0 in conflict");
        (await database.ScalarAsync<long>("SELECT count(*) FROM audit_log WHERE actor_kind = 'command_line' AND action = 'import_lite_llm'")).Should().Be(8);
    }

    [Fact]
    public async Task Addresses_come_from_the_environment_of_the_command_and_conflicts_are_shown()
    {
        await using var database = await MigratedAsync();
        (string, string)[] environment = [("DATABASE_URL", database.Url.Reveal()), MasterKey, ("BASE", "https://x.openai.azure.com")];
        await WriteAsync("KEY_ONE");
        await RunToEndAsync("import-litellm config.yaml", environment);
        await WriteAsync("KEY_TWO");

        var refused = await RunToEndAsync("import-litellm config.yaml --json", environment);
        var updated = await RunToEndAsync("import-litellm config.yaml --update", environment);

        var report = JsonDocument.Parse(string.Join('\n', refused.Output)).RootElement;
        report.GetProperty("conflicts")[0].GetProperty("detail").GetString().Should().Be("credentials");
        updated.Output.Should().Contain("~ provider litellm-azure-x.openai.azure.com: credentials (model_list[0])");

        Task WriteAsync(string key) => File.WriteAllTextAsync(
            Path.Combine(Folder, "config.yaml"),
            $"model_list: [{{model_name: m, litellm_params: {{model: azure/d, api_base: os.environ/BASE, api_key: os.environ/{key}}}}}]", Stop);
    }

    [Theory]
    [InlineData("gone.yaml", "gone.yaml was not found")]
    [InlineData("wrong.yaml", "The file cannot be read: line 2, column 1: 'a' is there twice.")]
    public async Task A_file_that_cannot_be_read_is_told(string file, string message)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "wrong.yaml"), "a: sk-secret\na: 1", Stop);

        var run = await RunToEndAsync($"import-litellm {file}", ("DATABASE_URL", gateway.DatabaseUrl.Reveal()), MasterKey);

        run.ExitCode.Should().Be(1);
        run.Errors.Should().ContainSingle().Which.Should().Be(message);
    }

    private async Task<TestDatabase> MigratedAsync()
    {
        var database = await TestDatabase.CreateAsync(gateway);
        (await RunToEndAsync("db migrate", ("DATABASE_URL", database.Url.Reveal()))).ExitCode.Should().Be(0);
        return database;
    }

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
