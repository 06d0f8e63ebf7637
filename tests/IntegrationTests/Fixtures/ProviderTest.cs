using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// Tests of every kind of provider with every client library: a provider set up as an operator would, a call by a library's
/// own means, and a look into the books.
/// </summary>
public abstract class ProviderTest(GatewayFixture gateway) : NodeClientTest(gateway)
{
    /// <summary>What callers ask for, whoever serves it.</summary>
    public const string Model = "the-model";

    private protected const string OpenAiNpm = "openai (npm)";
    private protected const string OpenAiNuGet = "OpenAI (NuGet)";
    private protected const string AnthropicNpm = "@anthropic-ai/sdk (npm)";
    private protected const string AnthropicNuGet = "Anthropic (NuGet)";

    private protected static readonly string[] ClientNames = [OpenAiNpm, OpenAiNuGet, AnthropicNpm, AnthropicNuGet];
    private protected static readonly bool[] WholeAndStreamed = [false, true];

    public static MatrixTheoryData<string, string> KindsAndClients => new(ProviderCases.Names, ClientNames);

    /// <summary>With: streamed.</summary>
    public static MatrixTheoryData<string, string, bool> KindsAndClientsAndWays => new(ProviderCases.Names, ClientNames, WholeAndStreamed);

    private protected static bool IsAnthropic(string client) => client is AnthropicNpm or AnthropicNuGet;

    /// <summary>A provider of this kind, a model that it serves, with a price for every sort of token, and a key.</summary>
    /// <param name="strange">The gateway has credentials that the provider does not know.</param>
    private protected async Task<FakeProvider> ServeAsync(
        ProviderCase kind, string? upstreamModel = null, bool strange = false, bool keyDrops = false, bool modelDrops = false)
    {
        var fake = strange && kind.StartStrange is { } start ? start() : kind.Start();
        await SqlAsync("INSERT INTO api_keys (name, key_hash, drop_params) VALUES ('Test Key', $1, $2)", Secret.Hash(Key), keyDrops);
        await SqlAsync(
            "INSERT INTO providers (name, provider_type, encrypted_credentials, config) VALUES ('the-provider', $1, $2, $3::jsonb)",
            kind.Type, strange ? kind.StrangeCredentials ?? kind.Credentials : kind.Credentials, kind.ConfigFor(fake));
        await SqlAsync(
            """
            INSERT INTO models (model_name, litellm_provider, upstream_model, drop_params, input_cost_per_token, output_cost_per_token, prices)
            VALUES ($1, $2, $3, $4, 0.00003, 0.00006, '{"cache_read_input_token_cost": 0.000003, "cache_creation_input_token_cost": 0.0000375}')
            """,
            Model, kind.Type, upstreamModel ?? kind.UpstreamModel, modelDrops);
        await Gateway.SettledAsync();
        return fake;
    }

    /// <summary>What it comes to at the model's prices, in US dollars.</summary>
    private protected static decimal CostOf(ModelUsage usage) =>
        (usage.Input * 0.00003m) + (usage.CachedRead * 0.000003m) + (usage.CacheWrite * 0.0000375m) + (usage.Output * 0.00006m);

    private protected ProviderClient ClientOf(string name) => name switch
    {
        OpenAiNpm => new OpenAiByNode((script, options, leaveWhen) => NodeAsync(script, options, leaveWhen: leaveWhen)),
        AnthropicNpm => new AnthropicByNode((script, options, leaveWhen) => NodeAsync(script, options, url: Gateway.Url, leaveWhen: leaveWhen)),
        OpenAiNuGet => new OpenAiByDotNet(BaseUrl, Key, Stop),
        AnthropicNuGet => new AnthropicByDotNet(Gateway.Url, Key, Stop),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "is no client"),
    };

    /// <summary>So many calls, the oldest first: each with one row in requests and one in responses, and its line in the ledger.</summary>
    private protected async Task<IReadOnlyList<LoggedCall>> CallsAsync(int count)
    {
        const string Sql =
            """
            SELECT r.outcome, r.error_code, q.status_code, r.prompt_tokens, r.completion_tokens, r.cost, r.unpriced_reason, r.usage_source,
                   u.prompt_tokens, u.completion_tokens, u.cached_tokens, u.reasoning_tokens, u.total_cost_usd, u.usage_source, u.model, q.model,
                   r.status_code, u.request_id IS NOT NULL, r.response_body::text
            FROM requests q JOIN responses r ON r.request_id_fk = q.id LEFT JOIN usage_records u ON u.request_id = q.request_id ORDER BY q.id
            """;
        await Eventually.IsTrueAsync(
            async () => await ScalarAsync<long>("SELECT count(*) FROM responses") >= count, $"{count} calls are in the books");
        var rows = await RowsAsync(Sql);
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(count, "each call has one row");
        rows.Should().HaveCount(count, "each call has one answer, and one line of the ledger at most");
        (await ScalarAsync<long>("SELECT count(*) FROM usage_records")).Should().Be(rows.Count(row => (bool)row[17]!), "no line is of another call");
        foreach (var row in rows.Where(row => (bool)row[17]!))
        {
            row[16].Should().Be(row[2], "request and answer agree on the status");
            (row[8], row[9], row[12], row[13]).Should().Be((row[3], row[4], row[5], row[7]), "the ledger says what the answer says");
            (row[14], row[15]).Should().Be((Model, Model));
        }

        return
        [
            .. rows.Select(row => new LoggedCall(
                (string)row[0]!, (string?)row[1], (int)row[2]!, (long?)row[3], (long?)row[4], (decimal?)row[5], (string?)row[6], (string?)row[7],
                (long?)row[10], (long?)row[11], (bool)row[17]!, (string?)row[18])),
        ];
    }

    /// <summary>The only call, after checking that it went well and that everything in the books is what the provider has counted.</summary>
    private protected async Task ShouldBeBookedAsync(ProviderCase kind, params ModelUsage[] usages)
    {
        foreach (var (call, usage) in (await CallsAsync(usages.Length)).Zip(usages))
        {
            (call.Outcome, call.ErrorCode, call.Status).Should().Be(("ok", null, 200));
            (call.Prompt, call.Completion, call.Source).Should().Be((usage.Prompt, usage.Output, "provider"));
            (call.Cost, call.UnpricedReason, call.IsInLedger).Should().Be((CostOf(usage), null, true));
            (call.Cached ?? 0).Should().Be(usage.CachedRead);
            if (kind.Can(Ability.CountsReasoning))
                (call.Reasoning ?? 0).Should().Be(usage.Reasoning);
        }
    }
}

/// <summary>A call in <c>requests</c>, <c>responses</c> and <c>usage_records</c>.</summary>
internal sealed record LoggedCall(
    string Outcome, string? ErrorCode, int Status, long? Prompt, long? Completion, decimal? Cost, string? UnpricedReason, string? Source,
    long? Cached, long? Reasoning, bool IsInLedger, string? Body);
