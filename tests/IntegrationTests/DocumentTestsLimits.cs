using System.Globalization;
using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The guide's "Rate Limit Exceeded" and "Budget Exceeded", with its own key: 100 requests a minute, $10 a month.</summary>
public class DocumentTestsLimits(GatewayFixture gateway) : DocumentTest(gateway)
{
    /// <summary>As printed, but that what comes back is told apart, and waited for.</summary>
    [Fact]
    public async Task Of_101_requests_one_is_refused_in_the_printed_words()
    {
        const string Apart = """curl() { command curl -s -o "answer.$BASHPID" -w '%{http_code}\n' "$@"; }""";
        await InsertTestDataAsync();
        await Gateway.SettledAsync();

        var run = await ShellAsync($"{Apart}\n{Printed.Guide001.TooManyRequests}\nwait");

        run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).CountBy(status => status)
            .Should().BeEquivalentTo(new Dictionary<string, int> { ["200"] = 100, ["429"] = 1 });
        var bodies = Directory.GetFiles(Folder, "answer.*").Select(File.ReadAllText).ToList();
        var refused = bodies.Should().HaveCount(101).And.ContainSingle(body => body.Contains("\"error\"")).Which;
        refused.Should().Be(OnOneLine(Printed.Guide001.TooManyRequestsAnswer));
        Upstream.Requests.Should().HaveCount(100);
    }

    [Theory]
    [InlineData(Printed.Guide001.BasicChat)]
    [InlineData(Printed.Guide001.StreamingChat)]
    public async Task Once_the_months_money_is_spent_calls_are_refused_in_the_printed_words(string command)
    {
        // One answer of 166,666 tokens at $0.06 per thousand is $9.99996; what is left is less than any call can cost.
        Upstream.Answer = call => call.RespondAsync(
            200,
            """
            {"id":"c1","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}],
             "usage":{"prompt_tokens":0,"completion_tokens":166666,"total_tokens":166666}}
            """);
        await InsertTestDataAsync();
        await Gateway.SettledAsync();
        (await ShellAsync(Printed.Guide001.BasicChat)).Status.Should().Be("200");

        var answer = await ShellAsync(command);

        answer.Status.Should().Be("402");
        answer.Output.Should().Be(OnOneLine(Printed.Guide001.BudgetExceededAnswer));
        var costs = await PsqlAsync(Printed.Guide001.MonthlySummaries);
        decimal.Parse(costs.First("total_cost_usd"), CultureInfo.InvariantCulture).Should().Be(9.99996m);
        costs.First("total_requests").Should().Be("1");
    }

    private static string OnOneLine(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);
}

/// <summary>The guide's "Monitoring" of Redis: its commands show the state of limits and budgets.</summary>
public class DocumentTestsRedis(GatewayFixture tests) : MeteringTest(tests)
{
    [Fact]
    public async Task The_printed_commands_show_requests_and_dollars()
    {
        var gateway = await StartAsync("one");
        var id = await ServeAsync("rate_limit = 100, monthly_budget = 10");
        var before = TimeProvider.System.GetUtcNow();
        var ids = new List<string>();
        for (var call = 1; call <= 3; call++)
        {
            using var answer = await ChatAsync(gateway.Url, maxTokens: 450, stream: call == 2);
            ids.Add(answer.Headers.GetValues("X-Request-ID").Single());
        }

        var shown = await PrintedAsync(Printed.Guide001.RateLimitStatus, id);
        shown.Should().HaveCount(7, string.Join('\n', shown));
        shown[0].Should().Be("(integer) 3");
        var words = shown.Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1].Trim('"')).ToList();
        words.Where((_, place) => place % 2 == 0).Should().Equal(ids, "the members are the calls, by their request ids");
        words.Where((_, place) => place % 2 == 1).Select(score => At(double.Parse(score, CultureInfo.InvariantCulture)))
            .Should().BeInAscendingOrder().And.OnlyContain(at => at > before.AddSeconds(-1) && at < TimeProvider.System.GetUtcNow().AddSeconds(1));
        (await PrintedAsync(Printed.Guide001.BillingStatus, id)).Should().Equal("\"1.35\"");
    }

    private Task<IReadOnlyList<string>> PrintedAsync(string commands, Guid id)
    {
        var month = TimeProvider.System.GetUtcNow().ToString("yyyy':'MM", CultureInfo.InvariantCulture);
        return Redis.CliAsync(commands.Replace("<api-key-id>", id.ToString(), StringComparison.Ordinal)
            .Replace("> ", "", StringComparison.Ordinal).Replace("2025:01", month, StringComparison.Ordinal));
    }

    private static DateTimeOffset At(double microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);
}
