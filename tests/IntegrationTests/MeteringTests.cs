using System.Globalization;
using System.Net;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Limits and budgets of one gateway, as callers meet them.</summary>
public class MeteringTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Printed = """{"error":{"message":"rate limit exceeded","type":"invalid_request_error","code":429}}""";
    private const string PrintedBudget = """{"error":{"message":"monthly budget exceeded","type":"invalid_request_error","code":402}}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_gets_as_many_calls_as_its_limit_allows(bool stream)
    {
        await ServeAsync();
        await LimitedKeyAsync("rate_limit", 3);

        for (var call = 0; call < 3; call++)
        {
            using var allowed = await ChatAsync(stream: stream);
            allowed.StatusCode.Should().Be(HttpStatusCode.OK);
            Header(allowed, "x-ratelimit-limit-requests").Should().Be("3");
            Header(allowed, "x-ratelimit-remaining-requests").Should().Be($"{2 - call}");
            await allowed.Content.ReadAsStringAsync(Stop);
        }

        using var refused = await ChatAsync(stream: stream);

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        (await refused.Content.ReadAsStringAsync(Stop)).Should().Be(Printed);
        int.Parse(Header(refused, "Retry-After")!, CultureInfo.InvariantCulture).Should().BeInRange(1, 60);
        Header(refused, "x-ratelimit-remaining-requests").Should().Be("0");
        Upstream.Requests.Should().HaveCount(3);
    }

    [Fact]
    public async Task A_limit_of_0_lets_nothing_through()
    {
        await ServeAsync();
        await LimitedKeyAsync("rate_limit", 0);

        using var refused = await ChatAsync();

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        Upstream.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_spent_budget_is_told_as_printed(bool stream)
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget", 0.00018m);

        // Three tokens at $0.00006 each are all of it.
        using (var first = await PostAsync(Chat(3, stream)))
        {
            first.StatusCode.Should().Be(HttpStatusCode.OK, await first.Content.ReadAsStringAsync(Stop));
        }

        using var refused = await PostAsync(Chat(3, stream));

        refused.StatusCode.Should().Be(HttpStatusCode.PaymentRequired);
        (await refused.Content.ReadAsStringAsync(Stop)).Should().Be(PrintedBudget);
        Header(refused, "x-should-retry").Should().Be("false");
        (await ScalarAsync<decimal>("SELECT spent FROM budgets WHERE scope_id = $1 AND period = 'total'", id)).Should().Be(0.00018m);
    }

    private static string Chat(int maxTokens, bool stream) =>
        $$"""{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}],"max_tokens":{{maxTokens}},"stream":{{(stream ? "true" : "false")}}}""";

    /// <summary>A model whose calls cost just what their output does: what a call may cost is then what it costs.</summary>
    private async Task ServeForOutputAsync()
    {
        await ServeAsync();
        await SqlAsync("UPDATE models SET input_cost_per_token = 0");
        await Gateway.SettledAsync();
    }

    private async Task<Guid> LimitedKeyAsync(string limit, object value)
    {
        var id = await ScalarAsync<Guid>($"INSERT INTO api_keys (name, key_hash, {limit}) VALUES ('Limited', $1, $2) RETURNING id", Secret.Hash(Key), value);
        await Gateway.SettledAsync();
        return id;
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}
