using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What answers say of limits and budgets in their headers.</summary>
public partial class MeteringTestsHeaders(GatewayFixture gateway) : LimitedKeyTest(gateway)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_tells_how_its_key_stands(bool stream)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("rate_limit = 10, tokens_per_minute = 1000, monthly_budget = 1, daily_budget = 2, soft_budget = 0.5");

        using var answer = await WholeAsync(Chat(3, stream));

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Told(answer).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["x-ratelimit-limit-requests"] = "10",
            ["x-ratelimit-remaining-requests"] = "9",
            ["x-ratelimit-limit-tokens"] = "1000",
            ["x-ratelimit-remaining-tokens"] = "995",
            ["x-gateway-budget-remaining"] = "0.99982",
        });
        ResetShouldBeSoon(answer, "requests");
        ResetShouldBeSoon(answer, "tokens");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_without_limits_is_told_nothing(bool stream)
    {
        await ServeForOutputAsync();
        await ProjectAsync("rate_limit = NULL", await IssueKeyAsync());

        using var answer = await WholeAsync(Chat(3, stream));

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Headers.Select(header => header.Key).Should().NotContain(name => IsOfLimits(name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_is_too_fast_is_told_when_to_come_back(bool stream)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("rate_limit = 1, tokens_per_minute = 1000, monthly_budget = 1");
        using var first = await WholeAsync(Chat(3, stream));

        using var refused = await WholeAsync(Chat(3, stream));

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        Told(refused).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["x-ratelimit-limit-requests"] = "1",
            ["x-ratelimit-remaining-requests"] = "0",
            ["x-ratelimit-limit-tokens"] = "1000",
            ["x-ratelimit-remaining-tokens"] = "992",
            ["x-gateway-budget-remaining"] = "0.99982",
        });
        var wait = long.Parse(Header(refused, "retry-after-ms")!, CultureInfo.InvariantCulture);
        wait.Should().BeInRange(1, 60_000);
        Header(refused, "Retry-After").Should().Be($"{(wait + 999) / 1000}");
        Header(refused, "x-should-retry").Should().BeNull("clients are to try again");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_has_spent_all_is_told_not_to_come_back(bool stream)
    {
        await ServeForOutputAsync();
        await LimitedKeyAsync("rate_limit = 10, monthly_budget = 0.00018");
        using var first = await WholeAsync(Chat(3, stream));

        using var refused = await WholeAsync(Chat(3, stream));

        refused.StatusCode.Should().Be(HttpStatusCode.PaymentRequired);
        Told(refused).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["x-ratelimit-limit-requests"] = "10",
            ["x-ratelimit-remaining-requests"] = "9",
            ["x-gateway-budget-remaining"] = "0",
            ["x-should-retry"] = "false",
        });
        Header(refused, "Retry-After").Should().BeNull();
        Header(refused, "retry-after-ms").Should().BeNull();
    }

    [Fact]
    public async Task Of_a_keys_limits_and_its_projects_those_are_told_that_are_reached_first()
    {
        await ServeForOutputAsync();
        var key = await LimitedKeyAsync("rate_limit = 50, tokens_per_minute = 100, daily_budget = 1");
        await ProjectAsync("rate_limit = 5, tokens_per_minute = 1000, monthly_budget = 2", key);

        using var answer = await WholeAsync(Chat(3));

        Told(answer).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["x-ratelimit-limit-requests"] = "5",
            ["x-ratelimit-remaining-requests"] = "4",
            ["x-ratelimit-limit-tokens"] = "100",
            ["x-ratelimit-remaining-tokens"] = "95",
            ["x-gateway-budget-remaining"] = "0.99982",
        });
    }

    [Theory]
    [InlineData("key")]
    [InlineData("project")]
    public async Task A_soft_budget_warns_once_it_is_reached_and_refuses_nothing(string scope)
    {
        await ServeForOutputAsync();
        const string Soft = "soft_budget = 0.0003";
        await ProjectAsync(scope == "project" ? Soft : "name = 'Team'", await LimitedKeyAsync(scope == "key" ? Soft : "enabled = true"));

        var warnings = new List<string?>();
        for (var call = 0; call < 3; call++)
        {
            using var answer = await WholeAsync(Chat(3));
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            Header(answer, "x-gateway-budget-remaining").Should().BeNull("there is no end to it");
            warnings.Add(Header(answer, "x-gateway-budget-warning"));
        }

        // It is reached by the second: the answer tells of it already.
        const string Warning = "soft budget of 0.0003 reached";
        warnings.Should().Equal(null, Warning, Warning);
    }

    /// <summary>What is told of limits, but for times.</summary>
    private static Dictionary<string, string> Told(HttpResponseMessage answer) => answer.Headers
        .Where(header => (IsOfLimits(header.Key) || header.Key == "x-should-retry") && !header.Key.Contains("-reset-", StringComparison.Ordinal))
        .ToDictionary(header => header.Key, header => header.Value.Single());

    private static bool IsOfLimits(string header) =>
        header.StartsWith("x-ratelimit", StringComparison.OrdinalIgnoreCase) || header.StartsWith("x-gateway", StringComparison.OrdinalIgnoreCase);

    private static void ResetShouldBeSoon(HttpResponseMessage answer, string what)
    {
        var match = Duration().Match(Header(answer, $"x-ratelimit-reset-{what}")!);
        match.Success.Should().BeTrue();
        var (minutes, seconds) = (Number("minutes"), Number("seconds"));
        TimeSpan.FromSeconds((double)((60 * minutes) + seconds)).Should().BePositive().And.BeLessThan(TimeSpan.FromSeconds(62));

        decimal Number(string group) =>
            match.Groups[group] is { Success: true, Value: var text } ? decimal.Parse(text, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^((?<minutes>\d+)m)?(?<seconds>\d+(\.\d{1,3})?)s$")]
    private static partial Regex Duration();
}
