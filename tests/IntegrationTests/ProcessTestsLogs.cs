using System.Runtime.InteropServices;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The log of calls, budgets and the audit log, by command.</summary>
public class ProcessTestsLogs(GatewayFixture gateway) : ProcessTest
{
    private (string, string) Database => ("DATABASE_URL", gateway.DatabaseUrl.Reveal());

    public override async ValueTask InitializeAsync()
    {
        await gateway.ResetAsync();
        await gateway.Database.ExecuteAsync(
            "INSERT INTO api_keys (name, key_hash, monthly_budget) VALUES ('ci \u001b[31m', $1, 10)", Stop, Secret.Hash(Key));
        await gateway.SettledAsync();
    }

    [Fact]
    public async Task Following_shows_calls_that_are_made_after_it_has_begun()
    {
        var before = RequestId(await ChatAsync(gateway.Url));
        var tail = Run(["logs", "tail", "--follow", "--model", "echo"], Database);
        await Eventually.IsTrueAsync(() => tail.Output.Count == 1, "it shows what there is");

        var after = RequestId(await ChatAsync(gateway.Url));
        RequestId(await ChatAsync(gateway.Url, model: "none"));
        var last = RequestId(await ChatAsync(gateway.Url));
        await Eventually.IsTrueAsync(() => tail.Output.Count >= 3, "it shows what comes");
        tail.Signal(PosixSignal.SIGTERM);   // an interrupt is ignored by what runs in the background

        (await tail.EndedAsync()).Should().Be(0, string.Join('\n', tail.Errors));
        tail.Output.Select(line => line.Split("  ")[1]).Should().Equal(before, after, last);
        tail.Output[1].Split("  ")[2..].Should().HaveCount(7).And.StartWith(["ci \uFFFD[31m", "echo", "200", "ok"]);
        tail.Errors.Should().BeEmpty();
    }

    [Fact]
    public async Task The_latest_are_shown_the_newest_last_as_lines_of_JSON_if_wanted()
    {
        var ids = new List<string>();
        for (var call = 0; call < 3; call++)
            ids.Add(RequestId(await ChatAsync(gateway.Url)));

        var json = await RunToEndAsync("logs tail --lines 2 --json", Database);
        var none = await RunToEndAsync("logs tail --status 5xx", Database);
        var wrong = await RunToEndAsync("logs tail --status much --outcome fine", Database);

        json.Output.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("request_id").GetString()).Should().Equal(ids[1..]);
        (none.ExitCode, none.Output.Count).Should().Be((0, 0));
        wrong.ExitCode.Should().Be(1);
        wrong.Errors.Should().HaveCount(2).And.Contain("'status' is 'much': expected an HTTP status like 429, or 1xx to 5xx.");
    }

    [Fact]
    public async Task One_call_is_shown_with_what_was_said_and_the_audit_log_tells_so()
    {
        var id = RequestId(await ChatAsync(gateway.Url, content: new string('x', 300)));

        var text = await RunToEndAsync($"logs show {id}", Database);
        var json = await RunToEndAsync($"logs show {id} --json", Database);
        var missing = await RunToEndAsync("logs show req_1", Database);
        var audit = await RunToEndAsync($"audit list --target-id {id} --json", Database);

        text.ExitCode.Should().Be(0, string.Join('\n', text.Errors));
        text.Output.Should().Contain(line => line.Contains(new string('x', 300), StringComparison.Ordinal)).And.Contain("response body (json):");
        JsonDocument.Parse(string.Join('\n', json.Output)).RootElement.GetProperty("request").GetProperty("body").GetProperty("model").GetString()
            .Should().Be("echo");
        (missing.ExitCode, missing.Output.Count).Should().Be((1, 0));
        JsonDocument.Parse(string.Join('\n', audit.Output)).RootElement.EnumerateArray()
            .Select(entry => (entry.GetProperty("action").GetString(), entry.GetProperty("actor_kind").GetString())).Should().Equal(
                ("read_response", "command_line"),
                ("read_request", "command_line"),
                ("read_response", "command_line"),
                ("read_request", "command_line"));
    }

    [Fact]
    public async Task A_budget_is_shown_adjusted_and_reset()
    {
        var project = (await RunToEndAsync("projects create team --total-budget 5", Database)).Output.Single();
        var key = ((Guid)(await gateway.Database.RowsAsync("SELECT id FROM api_keys", Stop)).Single()[0]!).ToString();

        var adjusted = await RunToEndAsync("budgets adjust --project team --kind total --amount 1.500000001 --reason bill", Database);
        var less = await RunToEndAsync("budgets adjust --project team --period total --amount=-0.5 --reason less --json", Database);
        var shown = await RunToEndAsync($"budgets show {project}", Database);
        var reset = await RunToEndAsync($"budgets reset {project} --kind total --reason gift", Database);
        var list = await RunToEndAsync("budgets adjustments --project team", Database);
        var keys = await RunToEndAsync($"budgets show {key} --json", Database);
        await gateway.Database.ExecuteAsync("UPDATE api_keys SET name = 'known-by-name'", Stop);
        var byName = await RunToEndAsync("budgets show known-by-name --json", Database);

        adjusted.Output.Should().Equal(["1.500000001 dollars of total count as spent now"], string.Join('\n', adjusted.Errors));
        JsonDocument.Parse(string.Join('\n', less.Output)).RootElement.GetProperty("spent").GetDecimal().Should().Be(1.000000001m);
        shown.Output[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Should().Equal("total", "total", "5", "1.000000001", "0", "3.999999999", "-");
        reset.Output.Should().Equal("0 dollars of total count as spent now");
        list.Output.Should().HaveCount(4);
        list.Output[1].Should().EndWith("-1.000000001").And.Contain("gift");
        byName.Output.Should().Contain(line => line.Contains(key, StringComparison.Ordinal), string.Join(' ', byName.Errors));
        JsonDocument.Parse(string.Join('\n', keys.Output)).RootElement.GetProperty("budgets")[0].GetProperty("kind").GetString()
            .Should().Be("monthly");
    }

    [Theory]
    [InlineData("budgets adjust --project team --kind total --amount much --reason r", "--amount is 'much': expected US dollars like 12.50 or -1.50")]
    [InlineData("budgets show nobody", "There is no key 'nobody': `cleangateway keys list` shows those there are")]
    [InlineData("budgets adjust --project team --kind total --amount 1 --reason r", "There is no project 'team': `cleangateway projects list` shows those there are")]
    [InlineData(
        "budgets adjust 00000000-0000-4000-8000-000000000001 --amount 0.0000000001 --reason r",
        "'amount' is 0.0000000001: expected no more than 9 digits after the point.|Expected one of 'kind' (daily, monthly or total), for the period that runs now, and 'period'.")]
    [InlineData("budgets reset 00000000-0000-4000-8000-000000000001 --kind daily --reason r", "No key_or_project has the id '00000000-0000-4000-8000-000000000001'.")]
    public async Task What_cannot_be_is_told(string commandLine, string said)
    {
        var run = await RunToEndAsync(commandLine, Database);

        (run.ExitCode, run.Output.Count).Should().Be((1, 0));
        run.Errors.Should().Equal(said.Split('|'));
    }
}
