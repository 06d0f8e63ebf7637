using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Projects and their keys, by command.</summary>
public class ProcessTestsProjects(GatewayFixture gateway) : ProcessTest
{
    private (string, string) Database => ("DATABASE_URL", gateway.DatabaseUrl.Reveal());

    public override async ValueTask InitializeAsync() => await gateway.ResetAsync();

    [Fact]
    public async Task A_project_is_made_once_with_its_limits_and_listed_with_its_keys()
    {
        const string Limits = "--rate-limit 60 --tokens-per-minute 9000000000 --max-concurrent 0 "
            + "--daily-budget 1.50 --monthly-budget 10.000000001 --total-budget 1000000000 --soft-budget 9";

        var id = (await ShouldSucceedAsync($"projects create team {Limits}")).Should().ContainSingle().Which;
        await ShouldSucceedAsync("projects create another");
        var again = await RunToEndAsync("projects create team", Database);
        await ShouldSucceedAsync("keys issue ci --project team");
        var list = await ShouldSucceedAsync("projects list");

        (again.ExitCode, again.Output.Count).Should().Be((1, 0));
        again.Errors.Should().Equal("There is a project 'team' already.");
        list.Should().HaveCount(3);
        list[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Should().Equal(
            "id", "name", "enabled", "keys", "rate_limit", "tokens_per_minute", "max_concurrent",
            "daily_budget", "monthly_budget", "total_budget", "soft_budget");
        list[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..].Should().Equal("another", "yes", "0", "-", "-", "-", "-", "-", "-", "-");
        list[2].Split(' ', StringSplitOptions.RemoveEmptyEntries).Should().Equal(
            id, "team", "yes", "1", "60", "9000000000", "0", "1.50", "10.000000001", "1000000000", "9");
        list.Should().OnlyContain(line => line.Length == list[0].Length, "the columns stand one below the other");
    }

    [Fact]
    public async Task A_key_gets_its_project_and_limits_of_its_own_and_opens_the_door()
    {
        var project = (await ShouldSucceedAsync("projects create team")).Single();

        var secret = (await ShouldSucceedAsync("keys issue ci --project team --rate-limit 1000 --max-concurrent 7 --total-budget 12.5")).Single();

        (await gateway.Database.RowsAsync(
            "SELECT name, project_id::text, rate_limit, max_concurrent, total_budget, daily_budget, tokens_per_minute FROM api_keys", Stop))
            .Should().ContainSingle().Which.Should().Equal("ci", project, 1000, 7, 12.5m, null, null);
        using var answer = await ChatAsync(gateway.Url, secret);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_limit_is_taken_away_again()
    {
        await ShouldSucceedAsync("projects create team --rate-limit 60 --daily-budget 1.50 --total-budget 7");

        await ShouldSucceedAsync("projects change team --rate-limit none --daily-budget none --monthly-budget 3");

        (await gateway.Database.RowsAsync("SELECT monthly_budget, rate_limit, daily_budget, total_budget FROM projects", Stop))
            .Should().ContainSingle().Which.Should().Equal(3m, null, null, 7m);
    }

    [Theory]
    [InlineData("keys issue ci --project nowhere", "'project' is 'nowhere': expected the name of a project that is there.")]
    [InlineData("keys issue ci --rate-limit -1", "'rate_limit' is -1: expected 0 or more requests per minute.")]
    [InlineData(
        "projects create team --max-concurrent -2 --monthly-budget 1000000000.01",
        "'max_concurrent' is -2: expected 0 or more calls at one time.|'monthly_budget' is 1000000000.01: expected 0 to 1000000000 dollars.")]
    public async Task What_cannot_be_is_told_and_nothing_is_made(string commandLine, string said)
    {
        var run = await RunToEndAsync(commandLine, Database);

        (run.ExitCode, run.Output.Count).Should().Be((1, 0));
        run.Errors.Should().Equal(said.Split('|'));
        (await gateway.Database.RowsAsync("SELECT id FROM api_keys UNION ALL SELECT id FROM projects", Stop)).Should().BeEmpty();
    }

    private async Task<IReadOnlyList<string>> ShouldSucceedAsync(string commandLine)
    {
        var run = await RunToEndAsync(commandLine, Database);
        run.ExitCode.Should().Be(0, string.Join('\n', run.Errors));
        run.Errors.Should().BeEmpty();
        return run.Output;
    }
}
