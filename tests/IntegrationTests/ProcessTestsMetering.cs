using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.IntegrationTests.Faults;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Gateways that are killed, or stopped in their tracks, while they spend a budget together.</summary>
public class ProcessTestsMetering(GatewayFixture tests) : ProcessTest
{
    private const int Calls = 20;
    private const int Held = 5;
    private const decimal Dollar = 1m;

    private static readonly string Month = TimeProvider.System.GetUtcNow().ToString("yyyy':'MM", CultureInfo.InvariantCulture);

    private readonly FakeUpstream upstream = new();
    private RedisServer redis = null!;
    private TestDatabase database = null!;

    public override async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync(Folder);
        database = await TestDatabase.CreateAsync(tests);
        upstream.Answer = AnswerAsync;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await upstream.DisposeAsync();
        await database.DisposeAsync();
        await redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_killed_gateway_held_comes_back_with_it(bool withRedis)
    {
        var (killed, other) = (StartOne("one", withRedis), StartOne("other", withRedis));
        var (url, otherUrl) = (await killed.ListeningAsync(), await other.ListeningAsync());
        var id = await ServeAsync(url, otherUrl);
        (await AskAsync(otherUrl)).Should().Be(HttpStatusCode.OK);
        await KillAtWorkAsync(killed, url);

        // What they held is kept from everyone as long as nobody knows what they came to.
        (await SpendAllAsync(otherUrl, until: HttpStatusCode.TooManyRequests)).Should().Be(Calls - 1 - Held);

        var again = StartOne("one", withRedis);
        await again.ListeningAsync();
        (await SpendAllAsync(otherUrl, until: HttpStatusCode.PaymentRequired)).Should().Be(0);
        await LedgerAsync(Calls);
        (await database.RowsAsync("SELECT count(*), sum(total_cost_usd), count(*) FILTER (WHERE usage_source = 'estimated') FROM usage_records"))
            .Single().Should().Equal((long)Calls, Calls * Dollar, (long)Held);
        if (!withRedis)
            return;

        // A Redis that was slow meanwhile is told when someone asks it again.
        await Eventually.IsTrueAsync(
            async () => await AskAsync(otherUrl) == HttpStatusCode.PaymentRequired
                && (await redis.CliAsync($"HGET budget:{id}:{Month} reserved")).Single() == "\"0\""
                && (await redis.CliAsync($"GET cost:{id}:{Month}")).Single() == $"\"{Calls}\"",
            "Redis knows that all is spent and nothing held");
    }

    [Theory]
    [InlineData("emptied of one key")]
    [InlineData("flushed")]
    [InlineData("restarted empty")]
    public async Task What_a_killed_gateway_held_is_given_to_no_one_when_counting_begins_anew(string fault)
    {
        var (killed, other) = (StartOne("one", withRedis: true), StartOne("other", withRedis: true));
        var (url, otherUrl) = (await killed.ListeningAsync(), await other.ListeningAsync());
        var id = await ServeAsync(url, otherUrl);
        (await AskAsync(otherUrl)).Should().Be(HttpStatusCode.OK);
        await LedgerAsync(1);
        await KillAtWorkAsync(killed, url);

        await (fault switch
        {
            "emptied of one key" => redis.CliAsync($"DEL budget:{id}:{Month}"),
            "flushed" => redis.CliAsync("FLUSHALL"),
            _ => RestartRedisAsync(),
        });

        // What it held is found in Redis, or in the tables should Redis have been slow when it died; where Redis has forgotten, only
        // the gateway itself can know, and is waited for.
        var spent = 0;
        while (await AskAsync(otherUrl) == HttpStatusCode.OK)
            spent++;

        spent.Should().BeLessThanOrEqualTo(Calls - 1 - Held, "{0}", Said(killed, other));
        await StartOne("one", withRedis: true).ListeningAsync();
        (await SpendAllAsync(otherUrl, until: HttpStatusCode.PaymentRequired)).Should().Be(Calls - 1 - Held - spent);
        (await LedgerAsync(Calls)).Should().Be(Calls * Dollar);
    }

    [Fact]
    public async Task A_gateway_that_comes_back_when_counting_has_begun_anew_writes_first_what_it_had_left_behind()
    {
        var (killed, other) = (StartOne("one", withRedis: true), StartOne("other", withRedis: true));
        var (url, otherUrl) = (await killed.ListeningAsync(), await other.ListeningAsync());
        var id = await ServeAsync(url, otherUrl);
        (await SpendAllAsync(otherUrl, until: HttpStatusCode.PaymentRequired, most: Calls - Held)).Should().Be(Calls - Held);
        await LedgerAsync(Calls - Held);
        await KillAtWorkAsync(killed, url);

        await using (var ledger = await TableLock.TakeAsync(database.Source, "usage_records"))
        {
            await redis.CliAsync($"DEL budget:{id}:{Month}");
            var asking = AskAsync(otherUrl);
            var again = StartOne("one", withRedis: true);
            var againUrl = await again.ListeningAsync();
            (await Task.WhenAll(asking, AskAsync(againUrl), AskAsync(otherUrl)))
                .Should().NotContain(HttpStatusCode.OK, "there is nothing left but what is held: {0}", Said(killed, other, again));
            await ledger.ReleaseAsync();
        }

        (await SpendAllAsync(otherUrl, until: HttpStatusCode.PaymentRequired)).Should().Be(0);
        (await LedgerAsync(Calls)).Should().Be(Calls * Dollar);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gateway_that_was_stopped_in_its_tracks_looks_before_it_goes_on(bool withRedis)
    {
        var stopped = StartOne("one", withRedis);
        var url = await stopped.ListeningAsync();
        await ServeAsync(url);
        (await AskAsync(url)).Should().Be(HttpStatusCode.OK);
        if (!withRedis)
            await LedgerAsync(1);   // counting alone, what it has not written no one else can know of while it stands still

        await Signals.SendAsync("STOP", stopped.Id);
        var other = StartOne("other", withRedis);
        var otherUrl = await other.ListeningAsync();
        await Eventually.IsTrueAsync(async () => await AskAsync(otherUrl) == HttpStatusCode.OK, "the other one goes on alone");
        (await SpendAllAsync(otherUrl, until: HttpStatusCode.PaymentRequired, most: 10)).Should().Be(10);
        await Signals.SendAsync("CONT", stopped.Id);

        var spent = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(caller => SpendAllAsync(caller % 2 == 0 ? url : otherUrl, until: HttpStatusCode.PaymentRequired)));
        spent.Sum().Should().Be(Calls - 12);
        (await LedgerAsync(Calls)).Should().Be(Calls * Dollar);
    }

    [Fact]
    public async Task A_gateway_that_was_stopped_in_its_tracks_and_cannot_look_does_not_go_on()
    {
        await using var network = new FaultProxy(database.Url.Port);
        var stopped = StartOne("one", withRedis: false, TestDatabase.At(database.Url, port: network.Port));
        var url = await stopped.ListeningAsync();
        await ServeAsync(url);
        (await AskAsync(url)).Should().Be(HttpStatusCode.OK);
        await LedgerAsync(1);
        await Signals.SendAsync("STOP", stopped.Id);
        var otherUrl = await StartOne("other", withRedis: false).ListeningAsync();
        (await SpendAllAsync(otherUrl, until: HttpStatusCode.PaymentRequired)).Should().Be(Calls - 1);

        network.Refuses = true;
        network.Cut();
        await Signals.SendAsync("CONT", stopped.Id);

        // By what it remembers there is room for all but one.
        (await AskAsync(url)).Should().Be(HttpStatusCode.ServiceUnavailable);
        network.Heal();
        (await SpendAllAsync(url, until: HttpStatusCode.PaymentRequired)).Should().Be(0);
        (await LedgerAsync(Calls)).Should().Be(Calls * Dollar);
    }

    /// <summary>Kills a gateway while it has calls under way, which hold a dollar each.</summary>
    private async Task KillAtWorkAsync(GatewayProcess gateway, Uri url)
    {
        var (asked, never) = (0, new TaskCompletionSource());
        upstream.Answer = async call =>
        {
            Interlocked.Increment(ref asked);
            await never.Task;
            await call.HungUpAsync();
        };
        var lost = Enumerable.Range(0, Held).Select(_ => AskAsync(url)).ToList();
        await Eventually.IsTrueAsync(() => asked == Held, "the calls are under way");
        upstream.Answer = AnswerAsync;

        await gateway.KillAsync();
        never.SetResult();
        foreach (var call in lost)
            await call.Awaiting(task => task).Should().ThrowAsync<HttpRequestException>();
    }

    /// <summary>What the gateways have logged, for whoever wants to know why.</summary>
    private static string Said(params GatewayProcess[] gateways) =>
        string.Join('\n', gateways.SelectMany(gateway => gateway.Output.Concat(gateway.Errors).Append("--")));

    private async Task RestartRedisAsync()
    {
        await redis.KillAsync();
        await redis.DisposeAsync();
        redis = await RedisServer.StartAsync(Folder, password: null, redis.Port);
    }

    private GatewayProcess StartOne(string name, bool withRedis, DatabaseUrl? at = null)
    {
        (string, string)[] more = withRedis ? [("REDIS_ADDRESS", redis.Address)] : [];
        return Start(at ?? database.Url, [DataFolder(name), ("GATEWAY_MASTER_KEY", TestSettings.MasterKey), .. more]);
    }

    /// <summary>A key with a budget for so many calls of a dollar, and a model; waits until the gateways serve it.</summary>
    private async Task<Guid> ServeAsync(params Uri[] urls)
    {
        // Whoever serves the model knows its price, and whoever knows the key its budget: neither is seen without.
        await database.ServeAsync(upstream, model: "later");
        await database.ExecuteAsync(
            "INSERT INTO api_keys (name, key_hash, monthly_budget) VALUES ('Test Key', $1, $2)", Secret.Hash(Key), Calls * Dollar);
        await database.ExecuteAsync("UPDATE models SET model_name = 'gpt-4', input_cost_per_token = 0, output_cost_per_token = $1", Dollar);
        foreach (var url in urls)
        {
            await Eventually.IsTrueAsync(
                async () =>
                {
                    using var model = await GetAsync(url, "/v1/models/gpt-4", Key);
                    return model.StatusCode == HttpStatusCode.OK;
                },
                "the model is served");
        }

        return await database.ScalarAsync<Guid>("SELECT id FROM api_keys WHERE key_hash = $1", Secret.Hash(Key));
    }

    /// <summary>Waits until the ledger has this many lines, and tells what they cost together.</summary>
    private async Task<decimal> LedgerAsync(long lines)
    {
        await Eventually.IsTrueAsync(
            async () => await database.ScalarAsync<long>("SELECT count(*) FROM usage_records") == lines, $"the ledger has {lines} lines");
        return await database.ScalarAsync<decimal>("SELECT sum(total_cost_usd) FROM usage_records");
    }

    private async Task<HttpStatusCode> AskAsync(Uri gateway)
    {
        var body = new { model = "gpt-4", max_tokens = 1, messages = new[] { new { role = "user", content = "Hi" } } };
        using var answer = await SendAsync(HttpMethod.Post, new Uri(gateway, "/v1/chat/completions"), Key, JsonContent.Create(body));
        return answer.StatusCode;
    }

    /// <summary>Calls until it is refused like this, or has been answered so often; what comes in between is tried again.</summary>
    private async Task<int> SpendAllAsync(Uri gateway, HttpStatusCode until, int most = int.MaxValue)
    {
        var answered = 0;
        while (answered < most && await AskAsync(gateway) is var status && status != until)
        {
            status.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable);
            answered += status == HttpStatusCode.OK ? 1 : 0;
            Stop.ThrowIfCancellationRequested();
        }

        return answered;
    }

    private static Task AnswerAsync(UpstreamCall call) => call.RespondAsync(
        200,
        """
        {"id":"c1","object":"chat.completion","choices":[{"index":0,"finish_reason":"length","message":{"content":"Hi"}}],
         "usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}
        """);
}
