using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary><c>cleangateway models import</c>, as operators type it.</summary>
public class ProcessTestsModels(GatewayFixture gateway) : ProcessTest
{
    private const string Listed =
        """
        {"gpt-4":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":3e-05,"output_cost_per_token":6e-05,"max_input_tokens":8192},
         "new":{"litellm_provider":"openai","mode":"embedding","input_cost_per_token":1e-8},
         "wrong":{"litellm_provider":"openai","input_cost_per_token":"cheap"}}
        """;

    [Fact]
    public async Task A_file_is_tried_taken_and_taken_again()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        (string, string) environment = ("DATABASE_URL", database.Url.Reveal());
        await RunToEndAsync("db migrate", environment);
        await database.ExecuteAsync(
            "INSERT INTO models (model_name, litellm_provider, input_cost_per_token, output_cost_per_token) VALUES ('gpt-4', 'openai', 0.1, 0.00006)");
        await File.WriteAllTextAsync(Path.Combine(Folder, "prices.json"), Listed, Stop);

        var dry = await RunToEndAsync("models import prices.json --dry-run", environment);
        var untouched = await database.ScalarAsync<long>("SELECT count(*) FROM models");
        var first = await RunToEndAsync("models import prices.json", environment);
        var version = await database.ScalarAsync<long>("SELECT version FROM config_version");
        var second = await RunToEndAsync("models import prices.json", environment);

        (dry.ExitCode, first.ExitCode, second.ExitCode).Should().Be((0, 0, 0), string.Join('\n', dry.Errors));
        dry.Output.Should().Equal(
            "~ gpt-4: input_cost_per_token 0.1 → 0.00003, max_input_tokens none → 8192", "+ new",
            "1 added, 1 changed, 0 unchanged, 1 passed over; nothing was written");
        dry.Errors.Should().ContainSingle().Which.Should().StartWith("passed over: wrong: input_cost_per_token is \"cheap\": expected dollars");
        untouched.Should().Be(1);
        first.Output.Should().Equal("1 added, 1 changed, 0 unchanged, 1 passed over");
        second.Output.Should().Equal("0 added, 0 changed, 2 unchanged, 1 passed over");
        (await database.ScalarAsync<long>("SELECT version FROM config_version")).Should().Be(version);
        (await database.ScalarAsync<decimal>("SELECT input_cost_per_token FROM models WHERE model_name = 'gpt-4'")).Should().Be(0.00003m);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "no JSON object")]
    [InlineData("""{"a":{},"a":{}}""", "'a' is there twice")]
    public async Task A_file_that_is_none_is_told_in_one_line_and_changes_nothing(string file, string said)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "prices.json"), file, Stop);

        var run = await RunToEndAsync("models import prices.json", ("DATABASE_URL", gateway.DatabaseUrl.Reveal()));

        run.ExitCode.Should().Be(1);
        run.Output.Should().BeEmpty();
        run.Errors.Should().ContainSingle().Which.Should().StartWith("prices.json: ").And.Contain(said);
    }

    [Theory]
    [InlineData("gone.json", "gone.json was not found")]
    [InlineData("http://prices.example/x.json", "http://prices.example/x.json is not safe from changes on its way: expected https")]
    [InlineData("http://127.0.0.1:1/x.json", "http://127.0.0.1:1/x.json cannot be read: ")]
    public async Task What_cannot_be_got_is_told_in_one_line(string source, string said)
    {
        var run = await RunToEndAsync($"models import {source}");

        run.ExitCode.Should().Be(1);
        run.Errors.Should().ContainSingle().Which.Should().StartWith(said);
        Directory.EnumerateFileSystemEntries(Folder).Should().BeEmpty("no database is needed to find that out");
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_not_even_read()
    {
        await using (var file = File.Create(Path.Combine(Folder, "prices.json")))
            file.SetLength((64 * 1024 * 1024) + 1);

        var run = await RunToEndAsync("models import prices.json");

        run.ExitCode.Should().Be(1);
        run.Errors.Should().Equal("prices.json has more than 67108864 bytes");
    }

    [Fact]
    public async Task A_URL_is_read_and_redirects_are_not_followed()
    {
        await using var server = new FakeUpstream();
        server.Answer = call => call.Request.Path == "/moved" ? call.RespondAsync(302, "", headers: $"Location: {server.Url}") : call.RespondAsync(200, Listed);
        await using var database = await TestDatabase.CreateAsync(gateway);
        (string, string) environment = ("DATABASE_URL", database.Url.Reveal());
        await RunToEndAsync("db migrate", environment);

        var moved = await RunToEndAsync($"models import http://127.0.0.1:{server.Port}/moved", environment);
        var read = await RunToEndAsync($"models import http://127.0.0.1:{server.Port}/prices.json", environment);

        moved.Errors.Should().Equal($"http://127.0.0.1:{server.Port}/moved answered 302: expected 200, redirects are not followed");
        read.Output.Should().Equal("2 added, 0 changed, 0 unchanged, 1 passed over");
    }
}
