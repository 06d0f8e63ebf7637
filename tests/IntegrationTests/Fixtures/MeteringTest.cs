using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Redis;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// What tests of several metered gateways have in common: a database of the test's own, a real Redis, an upstream, and
/// gateways that share them. The model costs nothing for its input and $0.001 for each token of its output, of which the
/// upstream gives as many as it is asked for: what a call may cost is then what it costs.
/// </summary>
public abstract class MeteringTest(GatewayFixture tests) : IAsyncLifetime
{
    protected const string Key = "test-key-12345";
    protected const decimal PerToken = 0.001m;

    private readonly TemporaryFolder folder = new();
    private readonly List<MeteredGateway> gateways = [];
    private readonly HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 400 });

    private protected RedisServer Redis { get; private set; } = null!;
    private protected TestDatabase Database { get; private set; } = null!;
    private protected FakeUpstream Upstream { get; } = new();
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;
    protected string Folder => folder.Path;

    public virtual async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartAsync(folder.Path);
        Database = await TestDatabase.CreateAsync(tests);
        Upstream.Answer = AnswerAsAskedAsync;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Redis.FreezeAsync(frozen: false);
        foreach (var gateway in gateways)
            await gateway.DisposeAsync();

        http.Dispose();
        await Upstream.DisposeAsync();
        await Database.DisposeAsync();
        await Redis.DisposeAsync();
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A gateway on the test's database and, unless told otherwise, its Redis.</summary>
    /// <param name="redis">Where its Redis is; null: the test's own. Empty: it has none.</param>
    private protected async Task<MeteredGateway> StartAsync(string name, string? redis = null, Action<IServiceCollection>? replace = null)
    {
        var gateway = await MeteredGateway.StartAsync(Path.Combine(folder.Path, name), Database.Url, redis ?? Redis.Address, replace ?? Patient);
        gateways.Add(gateway);
        return gateway;
    }

    /// <summary>Where nothing is wrong with Redis, a machine that is busy with tests must not look as if there were.</summary>
    protected static void Patient(IServiceCollection services) =>
        services.AddSingleton(new GuardTimes { Answer = TimeSpan.FromSeconds(5), Slow = TimeSpan.FromSeconds(5), Look = TimeSpan.FromSeconds(5) });

    /// <summary>Another Redis in the place of one that has ended, with nothing in it.</summary>
    protected async Task ReplaceRedisAsync()
    {
        await Redis.DisposeAsync();
        Redis = await RedisServer.StartAsync(folder.Path, password: null, Redis.Port);
    }

    /// <summary>A key with limits, and a model; known to the gateways that run.</summary>
    /// <param name="limits">As in <c>SET</c>, for example <c>monthly_budget = 10</c>.</param>
    protected async Task<Guid> ServeAsync(string limits)
    {
        await Database.ServeAsync(Upstream);
        await Database.ExecuteAsync("UPDATE models SET input_cost_per_token = 0, output_cost_per_token = $1", PerToken);
        await Database.IssueKeyAsync(Key);
        await Database.ExecuteAsync($"UPDATE api_keys SET {limits}");
        await SettledAsync();
        return await Database.ScalarAsync<Guid>("SELECT id FROM api_keys WHERE key_hash = $1", Secret.Hash(Key));
    }

    /// <summary>Waits until all gateways have the newest configuration.</summary>
    protected async Task SettledAsync()
    {
        var newest = await Database.ScalarAsync<long>("SELECT version FROM config_version");
        foreach (var gateway in gateways)
        {
            await Eventually.IsTrueAsync(
                () => gateway.Services.GetRequiredService<GatewaySnapshots>().SeenVersion >= newest
                    && gateway.Services.GetRequiredService<ConfigurationVersion>().Newest >= newest,
                "the gateway has the newest configuration");
        }
    }

    protected async Task<HttpResponseMessage> ChatAsync(Uri gateway, int maxTokens = 1, bool stream = false, string key = Key, string more = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "/v1/chat/completions"))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
            Content = new StringContent(
                $$"""{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}],"max_tokens":{{maxTokens}},"stream":{{(stream ? "true" : "false")}}{{more}}}""",
                Encoding.UTF8, "application/json"),
        };
        return await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, Stop);
    }

    /// <summary>Calls until there is an answer, or a refusal for good; what is only held by others is waited for.</summary>
    protected async Task<HttpStatusCode> InsistAsync(Uri gateway, int maxTokens = 1, bool stream = false)
    {
        while (true)
        {
            using var answer = await ChatAsync(gateway, maxTokens, stream);
            if (answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
                return answer.StatusCode;

            Stop.ThrowIfCancellationRequested();
        }
    }

    protected static async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        var code = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement.GetProperty("error").GetProperty("code");
        return code.ValueKind == JsonValueKind.Number ? code.GetRawText() : code.GetString();
    }

    /// <summary>Waits until the ledger has this many lines, and tells what they cost together.</summary>
    protected async Task<decimal> LedgerAsync(long lines)
    {
        await Eventually.IsTrueAsync(async () => await Database.ScalarAsync<long>("SELECT count(*) FROM usage_records") == lines, $"the ledger has {lines} lines");
        return await Database.ScalarAsync<decimal>("SELECT coalesce(sum(total_cost_usd), 0) FROM usage_records");
    }

    // As many tokens as it may give, each a word.
    private static async Task AnswerAsAskedAsync(UpstreamCall call)
    {
        var cap = call.Request.Json.TryGetProperty("max_tokens", out var max) ? max.GetInt32() : call.Request.Json.GetProperty("max_completion_tokens").GetInt32();
        var usage = $$"""{"prompt_tokens":5,"completion_tokens":{{cap}},"total_tokens":{{cap + 5}}}""";
        if (!call.Request.WantsStream)
        {
            await call.RespondAsync(200, $$$"""{"id":"c1","object":"chat.completion","choices":[{"index":0,"finish_reason":"length","message":{"content":"Hi"}}],"usage":{{{usage}}}}""");
            return;
        }

        await call.BeginStreamAsync();
        await call.SayWordAsync("Hi");
        await call.SayFinishAsync("length");
        await call.SayAsync($$"""{"id":"c1","object":"chat.completion.chunk","choices":[],"usage":{{usage}}}""");
        await call.SayAsync("[DONE]");
        await call.EndAsync();
    }
}
