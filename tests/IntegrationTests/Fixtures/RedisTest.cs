using System.Net;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What tests of gateways with their journal in Redis have in common: a Redis, a database and an upstream.</summary>
public abstract class RedisTest(GatewayFixture tests) : ProcessTest
{
    protected const string Password = "p@ss:w/rd-hunter2";
    protected const int RedisDatabase = 3;


    private protected RedisServer Redis { get; private set; } = null!;
    private protected TestDatabase Database { get; private set; } = null!;
    private protected FakeUpstream Upstream { get; } = new();

    public override async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartAsync(Folder, Password);
        Database = await TestDatabase.CreateAsync(tests);
    }

    public override async ValueTask DisposeAsync()
    {
        await Redis.FreezeAsync(frozen: false);
        await base.DisposeAsync();
        await Upstream.DisposeAsync();
        await Database.DisposeAsync();
        await Redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A gateway with its journal in Redis; others may share it.</summary>
    private protected GatewayProcess Start(string name) => Start(
        Database.Url, DataFolder(name), ("GATEWAY_MASTER_KEY", TestSettings.MasterKey), ("LOG_BUFFER", "redis"), ("REDIS_ADDRESS", Redis.Address),
        ("REDIS_PASSWORD", Password), ("REDIS_DB", $"{RedisDatabase}"));

    /// <summary>A key, and a model behind the upstream; waits until the gateways serve it.</summary>
    protected async Task ServeAsync(params Uri[] urls)
    {
        await Database.IssueKeyAsync(Key);
        await Database.ServeAsync(Upstream);
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
    }

    /// <summary>Calls the upstream's model.</summary>
    /// <returns>The request id.</returns>
    protected async Task<string> AnsweredAsync(Uri url, bool stream = false)
    {
        using var answer = await ChatAsync(url, model: "gpt-4", stream: stream);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync(Stop)).Should().Contain("there");
        return RequestId(answer);
    }

    protected Task<long> RedisAsync(string command) => Redis.NumberAsync(command, RedisDatabase);

    protected Task NothingWaitsAsync() =>
        Eventually.IsTrueAsync(async () => await RedisAsync("LLEN gateway:logs") == 0, "nothing waits in Redis");

    /// <summary>Each of these chats is in each table once, nothing else is, and the month's sums are theirs.</summary>
    protected async Task BooksShouldHoldAsync(IReadOnlyList<string> ids, long tokensIn, long tokensOut)
    {
        await Database.LoggedAsync([.. ids]);
        (await IdsAsync("SELECT request_id FROM requests WHERE url LIKE '%/chat/completions'")).Should().BeEquivalentTo(ids);
        (await IdsAsync("SELECT request_id FROM requests JOIN responses ON request_id_fk = requests.id WHERE url LIKE '%/chat/completions'"))
            .Should().BeEquivalentTo(ids);
        (await IdsAsync("SELECT request_id FROM usage_records")).Should().BeEquivalentTo(ids);
        (await Database.RowsAsync("SELECT sum(total_requests)::bigint, sum(prompt_tokens)::bigint, sum(completion_tokens)::bigint FROM monthly_usage_summary"))
            .Single().Should().Equal((long)ids.Count, tokensIn, tokensOut);
    }

    private async Task<IEnumerable<object?>> IdsAsync(string sql) => (await Database.RowsAsync(sql)).Select(row => row[0]);
}
