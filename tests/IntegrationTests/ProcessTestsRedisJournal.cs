using System.Net;
using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The journal in Redis: what gateways, their database and Redis may go through without a call being lost.</summary>
public class ProcessTestsRedisJournal(GatewayFixture gateway) : RedisTest(gateway)
{
    /// <summary>With the commands that the guide prints under "Check Log Buffer".</summary>
    [Fact]
    public async Task While_the_database_is_away_the_records_are_in_Redis_for_all_to_see()
    {
        const int Calls = 15;
        var running = Start("one");
        var url = await running.ListeningAsync();
        await ServeAsync(url);
        var ids = new List<string> { await AnsweredAsync(url) };
        await Database.LoggedAsync([.. ids]);
        await NothingWaitsAsync();

        await Database.AllowAsync(connections: false);
        for (var call = 0; call < Calls; call++)
            ids.Add(await AnsweredAsync(url, stream: call % 2 == 0));

        await Eventually.IsTrueAsync(async () => await RedisAsync("LLEN gateway:logs") == Calls, "the records are in the list");
        using (var ready = await GetAsync(url, "/health/ready"))
            ready.StatusCode.Should().Be(HttpStatusCode.OK, "calls are answered");
        await ShouldPrintTheLatestAsync(ids);

        await Database.AllowAsync(connections: true);
        await BooksShouldHoldAsync(ids, 9 * ids.Count, 3 * ids.Count);
        await NothingWaitsAsync();
        (await running.StopAsync()).Should().Be(0);
        (await RedisAsync("ZCARD gateway:owners")).Should().Be(0, "who leaves in order leaves nothing");
    }

    [Fact]
    public async Task A_gateway_that_dies_leaves_its_batch_and_its_calls_to_another()
    {
        var (killed, other) = (Start("one"), Start("other"));
        var (url, otherUrl) = (await killed.ListeningAsync(), await other.ListeningAsync());
        await ServeAsync(url, otherUrl);
        var ids = new List<string>();
        await using (var held = await TableLock.TakeAsync(Database.Source, "requests"))
        {
            for (var call = 0; call < 20; call++)
                ids.Add(await AnsweredAsync(url));
            await held.WaiterAsync();

            var asked = new TaskCompletionSource<string>();
            Upstream.Answer = async call =>
            {
                asked.TrySetResult(call.Request.Body);
                await call.HungUpAsync();
            };
            var inFlight = ChatAsync(url, model: "gpt-4");
            await asked.Task.WaitAsync(Stop);
            await killed.KillAsync();
            await inFlight.ContinueWith(_ => { }, Stop, TaskContinuationOptions.None, TaskScheduler.Default);
            inFlight.IsFaulted.Should().BeTrue("nobody was told of success");
            Upstream.Answer = FakeUpstream.AnswerHelloAsync;
            ids.Add(await AnsweredAsync(otherUrl));
            await held.ReleaseAsync();
        }

        await Eventually.IsTrueAsync(
            async () => await Database.ScalarAsync<long>("SELECT count(*) FROM responses WHERE outcome = 'gateway_crash'") == 1, "the call is in the books");
        var crashed = (await Database.RowsAsync(
            """
            SELECT q.request_id, q.status_code, r.error_code, u.unpriced_reason, q.body #>> '{messages,0,content}'
            FROM requests q JOIN responses r ON r.request_id_fk = q.id JOIN usage_records u USING (request_id) WHERE r.outcome = 'gateway_crash'
            """)).Single();
        crashed[1..].Should().Equal(500, "gateway_crash", "interrupted", "Say hello!");
        await BooksShouldHoldAsync([.. ids, (string)crashed[0]!], 9 * ids.Count, 3 * ids.Count);
        await Eventually.IsTrueAsync(async () => await RedisAsync("ZCARD gateway:owners") == 1, "the dead one is forgotten");
        await NothingWaitsAsync();
    }

    [Fact]
    public async Task While_Redis_does_not_answer_no_call_goes_upstream()
    {
        var url = await Start("one").ListeningAsync();
        await ServeAsync(url);
        var ids = new List<string> { await AnsweredAsync(url) };

        await Redis.FreezeAsync(frozen: true);
        await ShouldBeUnavailableAsync(url);
        await Eventually.IsTrueAsync(async () => await ReadyAsync(url) == HttpStatusCode.ServiceUnavailable, "it is not ready");
        await ShouldBeUnavailableAsync(url);
        Upstream.Requests.Should().HaveCount(1);

        await Redis.FreezeAsync(frozen: false);
        await Eventually.IsTrueAsync(async () => await ReadyAsync(url) == HttpStatusCode.OK, "it is ready again");
        ids.Add(await AnsweredAsync(url));
        await BooksShouldHoldAsync(ids, 18, 6);
        await Eventually.IsTrueAsync(
            async () => await RedisAsync("EVAL \"return #redis.call('KEYS', 'gateway:accepted:*')\" 0") == 0, "refused calls leave nothing");
    }

    [Fact]
    public async Task A_Redis_that_is_killed_refuses_calls()
    {
        var url = await Start("one").ListeningAsync();
        await ServeAsync(url);
        await AnsweredAsync(url);

        await Redis.KillAsync();

        await ShouldBeUnavailableAsync(url);
        Upstream.Requests.Should().HaveCount(1);
    }

    [Fact]
    public async Task A_Redis_without_memory_takes_no_new_calls_and_the_end_of_those_it_has()
    {
        var url = await Start("one").ListeningAsync();
        await ServeAsync(url);
        var (asked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        Upstream.Answer = async call =>
        {
            asked.TrySetResult();
            await goOn.Task;
            await FakeUpstream.AnswerHelloAsync(call);
        };
        var inFlight = AnsweredAsync(url);
        await asked.Task.WaitAsync(Stop);

        await Redis.CliAsync("CONFIG SET maxmemory 1");
        await ShouldBeUnavailableAsync(url);
        await Eventually.IsTrueAsync(async () => await ReadyAsync(url) == HttpStatusCode.ServiceUnavailable, "it is not ready");
        goOn.SetResult();
        var ids = new List<string> { await inFlight };
        await Database.LoggedAsync([.. ids]);
        Upstream.Requests.Should().HaveCount(1);

        await Redis.CliAsync("CONFIG SET maxmemory 0");
        await Eventually.IsTrueAsync(async () => await ReadyAsync(url) == HttpStatusCode.OK, "it is ready again");
        ids.Add(await AnsweredAsync(url));
        await BooksShouldHoldAsync(ids, 18, 6);
    }

    [Fact]
    public async Task What_nobody_can_store_is_put_aside_and_counted_and_harms_no_other()
    {
        var url = await Start("one").ListeningAsync();
        await ServeAsync(url);
        await Database.ExecuteAsync("INSERT INTO models (model_name, litellm_provider) VALUES ('poison', 'openai')");
        await Database.ExecuteAsync("ALTER TABLE requests ADD CONSTRAINT poison CHECK (model <> 'poison')");
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var model = await GetAsync(url, "/v1/models/poison", Key);
                return model.StatusCode == HttpStatusCode.OK;
            },
            "the model is served");
        await Redis.CliAsync("LPUSH gateway:logs \"{\\\"no\\\":\\\"record\\\"}\"", RedisDatabase);

        using (var poison = await ChatAsync(url, model: "poison"))
            poison.StatusCode.Should().Be(HttpStatusCode.OK);
        var harmless = await AnsweredAsync(url);

        await BooksShouldHoldAsync([harmless], 9, 3);
        await Eventually.IsTrueAsync(async () => await RedisAsync("LLEN gateway:logs:quarantined") == 2, "both are put aside");
        await NothingWaitsAsync();
        var admin = (await File.ReadAllTextAsync(Path.Combine(Folder, "one", "admin.token"), Stop)).Trim();
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var statistics = await GetAsync(url, "/api/db-stats", admin);
                return (await JsonAsync(statistics)).GetProperty("journal").GetProperty("quarantined").GetInt64() == 2;
            },
            "they are counted");
    }

    [Fact]
    public async Task A_stop_without_a_database_leaves_the_records_to_the_next()
    {
        var stopped = Start("one");
        var url = await stopped.ListeningAsync();
        await ServeAsync(url);
        var ids = new List<string> { await AnsweredAsync(url) };
        await Database.LoggedAsync([.. ids]);
        await Database.AllowAsync(connections: false);
        ids.AddRange([await AnsweredAsync(url), await AnsweredAsync(url, stream: true)]);

        (await stopped.StopAsync()).Should().Be(0);

        (await RedisAsync("LLEN gateway:logs")).Should().Be(2);
        (await RedisAsync("ZCARD gateway:owners")).Should().Be(0);
        await Database.AllowAsync(connections: true);
        var next = await Start("one").ListeningAsync();
        ids.Add(await AnsweredAsync(next));
        await BooksShouldHoldAsync(ids, 36, 12);
    }

    [Fact]
    public async Task Without_an_address_it_does_not_start()
    {
        var process = Start(Database.Url, ("LOG_BUFFER", "redis"));

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().Equal("LOG_BUFFER is redis, which needs a REDIS_ADDRESS: expected host:port");
    }

    [Fact]
    public async Task What_may_be_lost_is_told_at_the_start()
    {
        var process = Start("one");
        await process.ListeningAsync();

        process.Output.Should().ContainSingle(line => line.Contains("appendonly", StringComparison.Ordinal))
            .And.NotContain(line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    private async Task ShouldPrintTheLatestAsync(IReadOnlyList<string> ids)
    {
        var printed = await Redis.CliAsync(Printed.Guide001.LogBuffer.Replace("> ", "", StringComparison.Ordinal), RedisDatabase);

        printed[0].Should().Be("(integer) 15");
        var records = printed.Skip(1).Select(line => JsonDocument.Parse(Unquoted(line)).RootElement).ToList();
        records.Select(record => record.GetProperty("request").GetProperty("request_id").GetString()).Should().Equal(ids.Reverse().Take(11));
        var latest = records[0];
        latest.GetProperty("request").GetProperty("model").GetString().Should().Be("gpt-4");
        latest.GetProperty("request_body").GetProperty("messages")[0].GetProperty("content").GetString().Should().Be("Say hello!");
        latest.GetProperty("response").GetProperty("status_code").GetInt32().Should().Be(200);
        latest.GetProperty("response_body").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().Should().Be("Hello there");
        latest.GetProperty("usage").GetProperty("total_cost_usd").GetDecimal().Should().Be(0.00045m);
    }

    // redis-cli prints « 1) "{\"request\":…}" », with its quotes, backslashes and line ends escaped.
    private static string Unquoted(string line)
    {
        var quoted = line[(line.IndexOf('"') + 1)..line.LastIndexOf('"')];
        return quoted.Replace("\\\"", "\"", StringComparison.Ordinal)
            .Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
    }

    private async Task ShouldBeUnavailableAsync(Uri url)
    {
        using var refused = await ChatAsync(url, model: "gpt-4");
        refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await JsonAsync(refused)).GetProperty("error").GetProperty("code").GetString().Should().Be("log_unavailable");
    }

    private async Task<HttpStatusCode> ReadyAsync(Uri url)
    {
        using var ready = await GetAsync(url, "/health/ready");
        return ready.StatusCode;
    }
}
