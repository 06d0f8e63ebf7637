using System.Net;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ModelEndpointsTests(GatewayFixture gateway) : ChatTest(gateway)
{
    private const string Wrong = """{"error":{"message":"missing or invalid Authorization header","type":"invalid_request_error","code":401}}""";
    private const long Created = 1767225600;   // 2026-01-01

    [Fact]
    public async Task The_list_is_the_models_and_aliases_the_key_may_use_by_name()
    {
        await ServeDatedAsync();
        await AddAliasAsync("my-gpt4");
        await SqlAsync("UPDATE model_aliases SET created_at = '2026-01-01'");
        await Gateway.SettledAsync();
        await IssueKeyAsync(models: ["my-gpt4", "gpt-4", "not-there"]);

        using var response = await Client().GetAsync("/v1/models", Stop);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        (await TextAsync(response)).Should().Be($$"""{"object":"list","data":[{{Model("gpt-4")}},{{Model("my-gpt4")}}]}""");
        await ShouldBeInTheBooksAsync("/v1/models", 200, "ok", null, "omitted");
        Upstream.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task Only_what_someone_serves_is_listed()
    {
        await IssueKeyAsync();
        (await ListAsync()).Should().Equal("echo");

        await AddProviderAsync("main");
        await AddModelAsync();
        await AddModelAsync("claude", "anthropic");
        await AddModelAsync("embeddings", mode: "embedding");
        await AddAliasAsync("mine");
        await AddAliasAsync("nobodys", "claude");
        (await ListAsync()).Should().Contain(["echo", "gpt-4", "gpt-4o", "mine", "embeddings"]).And.NotContain(["claude", "nobodys"])
            .And.BeInAscendingOrder(StringComparer.Ordinal);

        await SqlAsync("UPDATE model_aliases SET enabled = false");
        await SqlAsync("UPDATE providers SET enabled = false");
        await Gateway.SettledAsync();
        (await ListAsync()).Should().Equal("echo");
    }

    [Fact]
    public async Task A_key_that_may_use_nothing_sees_nothing()
    {
        await ServeAsync();
        await IssueKeyAsync(models: []);

        using var response = await Client().GetAsync("/v1/models", Stop);

        (await TextAsync(response)).Should().Be("""{"object":"list","data":[]}""");
    }

    [Theory]
    [InlineData("gpt-4", "gpt-4")]
    [InlineData("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B")]
    [InlineData("meta-llama%2FLlama-3.1-8B", "meta-llama/Llama-3.1-8B")]
    [InlineData("ein%20Modell%C3%A4", "ein Modellä")]
    public async Task A_model_is_told_by_its_name(string path, string name)
    {
        await ServeDatedAsync(name);
        await IssueKeyAsync();

        using var response = await Client().GetAsync($"/v1/models/{path}", Stop);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        JsonElement.DeepEquals(await JsonAsync(response), JsonDocument.Parse(Model(name)).RootElement).Should().BeTrue(await TextAsync(response));
        await ShouldBeInTheBooksAsync("/v1/models/{**id}", 200, "ok", null, "omitted");
    }

    [Fact]
    public async Task An_alias_is_told_like_a_model()
    {
        await ServeToAKeyAsync();
        await AddAliasAsync("mine");
        await SqlAsync("UPDATE model_aliases SET created_at = '2026-01-01'");
        await Gateway.SettledAsync();

        using var response = await Client().GetAsync("/v1/models/mine", Stop);

        (await TextAsync(response)).Should().Be(Model("mine"));
    }

    /// <summary>Asked for; allowed.</summary>
    [Theory]
    [InlineData("gpt-99", null)]
    [InlineData("gpt-4", "echo")]
    [InlineData("GPT-4", null)]
    public async Task What_is_not_there_or_not_for_this_key_is_not_found(string id, string? allowed)
    {
        await ServeAsync();
        await IssueKeyAsync(models: allowed is null ? null : [allowed]);

        using var response = await Client().GetAsync($"/v1/models/{id}", Stop);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await TextAsync(response)).Should().Be(
            ErrorOf($"The model '{id}' does not exist or this API key may not use it.", "invalid_request_error", "model", "model_not_found"));
        await ShouldBeInTheBooksAsync("/v1/models/{**id}", 404, "rejected", "model_not_found", "json");
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/gpt-4")]
    [InlineData("/v1/models/gpt-99")]
    public async Task Without_a_key_there_is_nothing_to_see(string path)
    {
        await ServeToAKeyAsync();

        using var response = await Client(key: null).GetAsync(path, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await TextAsync(response)).Should().Be(Wrong);
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0);
    }

    private static string Model(string name) => $$"""{"id":"{{name}}","object":"model","created":{{Created}},"owned_by":"openai"}""";

    private async Task ServeDatedAsync(string model = "gpt-4")
    {
        await ServeAsync(model);
        await SqlAsync("UPDATE models SET created_at = '2026-01-01 00:00:00+00'");
        await Gateway.SettledAsync();
    }

    private async Task<IEnumerable<string?>> ListAsync()
    {
        using var response = await Client().GetAsync("/v1/models", Stop);
        return (await JsonAsync(response)).GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()).ToList();
    }

    private async Task ShouldBeInTheBooksAsync(string route, int status, string outcome, string? code, string responseForm)
    {
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Status == status && logged.Outcome == outcome && logged.ErrorCode == code && logged.Model == null && logged.BodyForm == "none"
            && logged.ResponseBodyForm == responseForm && logged.Cost == 0 && logged.LedgerLines == 0);
        (await RowsAsync("SELECT method, route, stream, provider_id FROM requests")).Single().Should().Equal("GET", route, false, null);
    }
}
