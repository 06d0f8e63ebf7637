using System.Text.Encodings.Web;
using System.Text.Json;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What tests of chats have in common: more rows of configuration, and answers compared whole.</summary>
public abstract class ChatTest(GatewayFixture gateway) : GatewayTest(gateway)
{
    protected const string Hello = """{"model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}]}""";
    protected const string HelloStream = """{"model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}],"stream":true}""";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The whole body of an error.</summary>
    protected static string ErrorOf(string message, string type, string? param, string code) =>
        $$$"""{"error":{"message":{{{Text(message)}}},"type":{{{Text(type)}}},"param":{{{Text(param)}}},"code":{{{Text(code)}}}}}""";

    protected Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(Stop);

    /// <summary>A provider at a path of its own on the fake upstream, so that the path of a request tells who was asked.</summary>
    /// <param name="row">Columns of the row besides those, as an SQL literal each.</param>
    protected async Task<Guid> AddProviderAsync(string name, string type = "openai", params (string Column, string Value)[] row)
    {
        var columns = string.Concat(row.Select(column => $", {column.Column}"));
        var values = string.Concat(row.Select(column => $", {column.Value}"));
        var id = await ScalarAsync<Guid>(
            $"INSERT INTO providers (name, provider_type, config{columns}) VALUES ($1, $2, $3::jsonb{values}) RETURNING id",
            name, type, $$"""{"base_url": "http://127.0.0.1:{{Upstream.Port}}/{{name}}", "allow_cidrs": ["127.0.0.0/8"]}""");
        await Gateway.SettledAsync();
        return id;
    }

    protected async Task<Guid> AddModelAsync(string name = "gpt-4", string type = "openai", string mode = "chat")
    {
        var id = await ScalarAsync<Guid>("INSERT INTO models (model_name, litellm_provider, mode) VALUES ($1, $2, $3) RETURNING id", name, type, mode);
        await Gateway.SettledAsync();
        return id;
    }

    protected async Task AddAliasAsync(string alias, string model = "gpt-4", Guid? provider = null)
    {
        await SqlAsync(
            "INSERT INTO model_aliases (alias, target_model_id, provider_id) SELECT $1, id, $3::uuid FROM models WHERE model_name = $2",
            alias, model, provider);
        await Gateway.SettledAsync();
    }

    private static string Text(string? text) => JsonSerializer.Serialize(text, Readable);
}
