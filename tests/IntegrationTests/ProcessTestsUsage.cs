using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Reports from the ledger, by command.</summary>
public class ProcessTestsUsage(GatewayFixture gateway) : ProcessTest
{
    private const string March = "--from 2025-03-01 --to 2025-04-01";
    private static readonly Guid AKey = new("00000000-0000-4000-8000-000000000001");

    private (string, string) Database => ("DATABASE_URL", gateway.DatabaseUrl.Reveal());

    public override async ValueTask InitializeAsync()
    {
        await gateway.ResetAsync();
        await gateway.Database.AddAsync("2025-03-05T10:00:00Z", AKey, "gpt-4", cost: 1234.5m, prompt: 1_000_000);
        await gateway.Database.AddAsync("2025-03-06T10:00:00Z", AKey, "a \u001b[31mred\u001b[0m one", cost: null);
    }

    [Fact]
    public async Task A_table_for_people_is_in_columns_and_commands_no_terminal()
    {
        var run = await RunToEndAsync($"usage --group-by day,model {March}", Database);

        (run.ExitCode, run.Errors.Count).Should().Be((0, 0), string.Join('\n', run.Errors));
        run.Output.Should().HaveCount(4);
        run.Output.Should().OnlyContain(line => line.Length == run.Output[0].Length, "the columns stand one below the other");
        run.Output[0].Should().StartWith("day         model               requests  prompt_tokens  completion_tokens  total_tokens  ");
        run.Output[1].Should().StartWith("2025-03-05  gpt-4                      1        1000000                  3       1000003  ");
        run.Output[2].Should().StartWith("2025-03-06  a \uFFFD[31mred\uFFFD[0m one         1              9                  3            12  ");
        run.Output[3].Should().StartWith("total                                  2        1000009                  6       1000015  ");
        Cells(run.Output[0])[^5..].Should().Equal("cached_tokens", "reasoning_tokens", "total_cost_usd", "unpriced_requests", "estimated_requests");
        Cells(run.Output[1])[^5..].Should().Equal("0", "0", "1234.500000000", "0", "0");
        Cells(run.Output[2])[^5..].Should().Equal("0", "0", "0.000000000", "1", "0");
        Cells(run.Output[3])[^5..].Should().Equal("0", "0", "1234.500000000", "1", "0");

        static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task Values_and_JSON_are_those_of_the_admin_port()
    {
        var csv = await RunToEndAsync($"usage --csv --group-by key,model {March}", Database);
        var json = await RunToEndAsync($"usage --json --group-by key,model {March}", Database);

        const string Question = "/admin/usage?group_by=key,model&from=2025-03-01&to=2025-04-01";
        using var csvThere = await GetAsync(gateway.AdminUrl, Question + "&format=csv", gateway.AdminToken);
        using var jsonThere = await GetAsync(gateway.AdminUrl, Question, gateway.AdminToken);
        csv.Output.Should().HaveCount(4).And.Equal((await csvThere.Content.ReadAsStringAsync(Stop)).TrimEnd().Split("\r\n"));
        JsonElement.DeepEquals(JsonDocument.Parse(string.Join('\n', json.Output)).RootElement, await JsonAsync(jsonThere)).Should().BeTrue();
    }

    [Fact]
    public async Task One_key_or_model_is_asked_for_by_name_and_all_that_is_wrong_is_told()
    {
        var one = await RunToEndAsync($"usage --csv {March} --model gpt-4 --key-id {AKey}", Database);
        one.Output.Should().HaveCount(3).And.Contain(line => line.StartsWith($"{AKey},,1,1000000,", StringComparison.Ordinal));

        var wrong = await RunToEndAsync("usage --group-by hour --from soon", Database);
        (wrong.ExitCode, wrong.Output.Count).Should().Be((1, 0));
        wrong.Errors.Should().HaveCount(2);
        wrong.Errors[0].Should().StartWith("'group_by' is 'hour': expected one or more of key, project, model, day");
        wrong.Errors[1].Should().StartWith("'from' is 'soon': expected a date");
    }
}
