using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.Domain.Common;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What tests through HTTP have in common: a reset before each, callers, and a look into the books.</summary>
public abstract class GatewayTest(GatewayFixture gateway) : IAsyncLifetime
{
    protected const string Key = "test-key-12345";

    private readonly List<IDisposable> clients = [];

    private protected GatewayFixture Gateway { get; } = gateway;
    private protected FakeUpstream Upstream => Gateway.Upstream;

    /// <summary>Kept from the test's own context: the upstream's scripts run in another.</summary>
    protected CancellationToken Stop { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Stop = TestContext.Current.CancellationToken;
        await Gateway.ResetAsync();
    }

    public ValueTask DisposeAsync()
    {
        foreach (var client in clients)
            client.Dispose();

        return ValueTask.CompletedTask;
    }

    /// <summary>A client of its own for each test; with a key unless that is null.</summary>
    protected HttpClient Client(string? key = Key, Uri? url = null)
    {
        var client = new HttpClient { BaseAddress = url ?? Gateway.Url };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

        clients.Add(client);
        return client;
    }

    protected HttpClient Admin(Uri? url = null) => Client(Gateway.AdminToken, url);

    protected Task<int> SqlAsync(string sql, params object?[] parameters) => Gateway.Database.ExecuteAsync(sql, Stop, parameters);

    /// <summary>The rows of a query, each an array of its columns.</summary>
    protected Task<IReadOnlyList<object?[]>> RowsAsync(string sql, params object?[] parameters) => Gateway.Database.RowsAsync(sql, Stop, parameters);

    protected async Task<T> ScalarAsync<T>(string sql, params object?[] parameters) => (T)(await RowsAsync(sql, parameters)).Single()[0]!;

    /// <summary>A usable key; its id.</summary>
    protected async Task<Guid> IssueKeyAsync(string secret = Key, string[]? models = null)
    {
        var id = await ScalarAsync<Guid>(
            "INSERT INTO api_keys (name, key_hash, allowed_models) VALUES ('Test Key', $1, $2) RETURNING id", Secret.Hash(secret), models);
        await Gateway.SettledAsync();
        return id;
    }

    /// <summary>A provider that is the fake upstream, serving one model at $0.03 and $0.06 per thousand tokens.</summary>
    protected async Task ServeAsync(string model = "gpt-4", string provider = "openai-main", string type = "openai", string? config = null)
    {
        await SqlAsync(
            "INSERT INTO providers (name, provider_type, encrypted_credentials, config) VALUES ($1, $2, $3, $4::jsonb)",
            provider, type, """{"api_key": "sk-upstream-secret"}""",
            config ?? $$"""{"base_url": "{{Upstream.Url}}", "allow_cidrs": ["127.0.0.0/8"]}""");
        await SqlAsync(
            "INSERT INTO models (model_name, litellm_provider, input_cost_per_token, output_cost_per_token) VALUES ($1, $2, 0.00003, 0.00006)", model, type);
        await Gateway.SettledAsync();
    }

    /// <summary>A key and a model behind the fake upstream.</summary>
    protected async Task ServeToAKeyAsync(string model = "gpt-4")
    {
        await IssueKeyAsync();
        await ServeAsync(model);
    }

    protected Task<HttpResponseMessage> ChatAsync(string model = "gpt-4", bool stream = false, string? key = Key) =>
        PostAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Say hello!"}]{{(stream ? ",\"stream\":true" : "")}}}""", key);

    /// <summary>Sends a body as it is; completes with the headers of the answer.</summary>
    protected async Task<HttpResponseMessage> PostAsync(string body, string? key = Key, string path = "/v1/chat/completions")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return await Client(key).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    protected async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop)).RootElement;

    /// <summary>The body as far as it comes, and whether the connection broke before its end.</summary>
    protected async Task<(string Text, bool Broke)> ReadToEndAsync(HttpResponseMessage response)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(Stop);
        var bytes = new MemoryStream();
        var broke = false;
        try
        {
            await stream.CopyToAsync(bytes, Stop);
        }
        catch (HttpIOException)
        {
            broke = true;
        }

        return (Encoding.UTF8.GetString(bytes.ToArray()), broke);
    }

    /// <summary>The whole body of an error, as the gateway writes it.</summary>
    protected static string ErrorJson(string message, string code, string? param = null, string type = "invalid_request_error") =>
        $$$"""{"error":{"message":"{{{message}}}","type":"{{{type}}}","param":{{{(param is null ? "null" : $"\"{param}\"")}}},"code":"{{{code}}}"}}""";

    /// <summary>The error object of an answer.</summary>
    protected async Task<JsonElement> ErrorAsync(HttpResponseMessage response) => (await JsonAsync(response)).GetProperty("error");

    /// <summary>
    /// The one exchange in the books, after checking that request and response belong together. Waits for it where the
    /// caller did not wait for the answer.
    /// </summary>
    protected async Task<LoggedExchange> LoggedAsync()
    {
        const string Sql =
            """
            SELECT q.request_id, q.model, q.status_code, r.outcome, r.error_code, r.prompt_tokens, r.completion_tokens, r.cost, r.unpriced_reason,
                   q.body::text, r.response_body::text, q.body_form, r.body_form, r.status_code, q.url, q.headers::text, q.client_request_id, q.user_id,
                   (SELECT count(*) FROM usage_records)
            FROM requests q JOIN responses r ON r.request_id_fk = q.id
            """;
        await Eventually.IsTrueAsync(async () => await ScalarAsync<long>("SELECT count(*) FROM responses") > 0, "an exchange is logged");
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(1);
        var row = (await RowsAsync(Sql)).Single();
        return new LoggedExchange(
            (string)row[0]!, (string?)row[1], (int)row[2]!, (string)row[3]!, (string?)row[4], (long?)row[5], (long?)row[6], (decimal?)row[7], (string?)row[8],
            (string?)row[9], (string?)row[10], (string)row[11]!, (string)row[12]!, (int)row[13]!, (string)row[14]!, (string?)row[15], (string?)row[16],
            (string?)row[17], (long)row[18]!);
    }
}

/// <summary>A row of requests and its row of responses.</summary>
/// <param name="LedgerLines">How many rows <c>usage_records</c> has in all.</param>
public sealed record LoggedExchange(
    string RequestId, string? Model, int Status, string Outcome, string? ErrorCode, long? PromptTokens, long? CompletionTokens, decimal? Cost,
    string? UnpricedReason, string? Body, string? ResponseBody, string BodyForm, string ResponseBodyForm, int ResponseStatus, string Url, string? Headers,
    string? ClientRequestId, string? UserId, long LedgerLines);
