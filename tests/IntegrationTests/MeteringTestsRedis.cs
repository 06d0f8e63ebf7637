using System.Globalization;
using System.Net;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Admission.Redis;
using CleanGateway.Infrastructure.Redis;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>What a call asks of Redis and of the database, and what it leaves there.</summary>
public class MeteringTestsRedis(GatewayFixture tests) : MeteringTest(tests)
{
    private const int Calls = 25;

    [Fact]
    public async Task A_call_asks_Redis_twice_and_the_database_never()
    {
        using var trips = new Trips(Database.Name);
        var gateway = await StartCountedAsync(trips);
        await ServeWithProjectAsync("rate_limit = 1000, tokens_per_minute = 100000, max_concurrent = 50, monthly_budget = 10, daily_budget = 5");
        await WarmUpAsync(gateway);

        trips.Begin();
        for (var call = 0; call < Calls; call++)
        {
            using var answer = await ChatAsync(gateway.Url, stream: call % 2 == 0);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        trips.Scripts.Should().HaveCount(2 * Calls);
        trips.Scripts.Count(script => script == AdmitScript.Script).Should().Be(Calls);
        trips.Scripts.Count(script => script == MeterScripts.End).Should().Be(Calls);
        (await trips.StatementsAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("rate_limit = 1")]
    [InlineData("monthly_budget = 0.001")]
    public async Task A_call_that_is_refused_asks_Redis_once(string limits)
    {
        using var trips = new Trips(Database.Name);
        var gateway = await StartCountedAsync(trips);
        await ServeWithProjectAsync(limits);
        await WarmUpAsync(gateway);

        trips.Begin();
        for (var call = 0; call < Calls; call++)
        {
            using var answer = await ChatAsync(gateway.Url, stream: call % 2 == 0);
            answer.StatusCode.Should().BeOneOf(HttpStatusCode.TooManyRequests, HttpStatusCode.PaymentRequired);
        }

        trips.Scripts.Should().HaveCount(Calls).And.OnlyContain(script => script == AdmitScript.Script);
        (await trips.StatementsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_call_without_limits_asks_no_one()
    {
        using var trips = new Trips(Database.Name);
        var gateway = await StartCountedAsync(trips);
        await ServeAsync("enabled = true");
        await WarmUpAsync(gateway);

        trips.Begin();
        for (var call = 0; call < Calls; call++)
        {
            using var answer = await ChatAsync(gateway.Url, stream: call % 2 == 0);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        trips.Scripts.Should().BeEmpty();
        (await trips.StatementsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_call_that_the_log_does_not_take_gives_everything_back()
    {
        var gateway = await StartAsync("one", replace: services => services.AddSingleton<IExchangeJournal>(
            provider => new RefusingJournal(provider.GetRequiredService<Infrastructure.Journal.IJournal>())));
        var id = await ServeAsync("rate_limit = 5, tokens_per_minute = 100, max_concurrent = 1, monthly_budget = 0.003");

        using var refused = await ChatAsync(gateway.Url, maxTokens: 3);

        refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await CodeAsync(refused)).Should().Be("log_unavailable");
        Upstream.Requests.Should().BeEmpty();
        var month = TimeProvider.System.GetUtcNow().ToString("yyyy':'MM", CultureInfo.InvariantCulture);
        (await Redis.CliAsync($"HMGET budget:{id}:{month} spent reserved")).Should().Equal("1) \"0\"", "2) \"0\"");
        (await Redis.NumberAsync($"ZCARD rate_limit:{id}")).Should().Be(0);
        (await Redis.NumberAsync($"ZCARD concurrent:{id}")).Should().Be(0);
        (await Redis.CliAsync($"HVALS token_limit:{id}")).Should().OnlyContain(line => line.Contains("empty") || line.EndsWith("\"0\""));
    }

    private Task<MeteredGateway> StartCountedAsync(Trips trips) => StartAsync("one", replace: services => services
        .AddSingleton(new GuardTimes { Answer = TimeSpan.FromSeconds(5), Slow = TimeSpan.FromSeconds(5), Look = TimeSpan.FromSeconds(5) })
        .AddSingleton<IRedisScripts>(provider => trips.Counted(provider.GetRequiredService<RedisConnection>())));

    private async Task ServeWithProjectAsync(string limits)
    {
        await ServeAsync(limits);
        await Database.ExecuteAsync("INSERT INTO projects (name, rate_limit, monthly_budget) VALUES ('Team', 1000, 10)");
        await Database.ExecuteAsync("UPDATE api_keys SET project_id = (SELECT id FROM projects)");
        await SettledAsync();
    }

    // The first call has the key read, and its counters begun.
    private async Task WarmUpAsync(MeteredGateway gateway)
    {
        using var answer = await ChatAsync(gateway.Url);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        await LedgerAsync(1);
    }

    /// <summary>Takes no call.</summary>
    private sealed class RefusingJournal(IExchangeJournal journal) : IExchangeJournal
    {
        public bool IsAvailable => true;

        public ValueTask<bool> AcceptAsync(RequestLog request, CancellationToken cancellationToken) => ValueTask.FromResult(false);

        public void Report(RequestLog request, TokenUsage seen) => journal.Report(request, seen);

        public ValueTask<bool> CompleteAsync(Exchange exchange, CancellationToken cancellationToken) =>
            journal.CompleteAsync(exchange, cancellationToken);
    }
}
