using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Models as Anthropic's clients list them.</summary>
public class MessagesTestsModels(GatewayFixture gateway) : MessagesTest(gateway)
{
    [Theory]
    [InlineData("anthropic-version", "2023-06-01", "Authorization", $"Bearer {Key}")]
    [InlineData("x-api-key", Key, "Accept", "application/json")]
    public async Task Anthropics_clients_get_Anthropics_list(string name, string value, string other, string otherValue)
    {
        await ServeDatedAsync();

        using var response = await GetAsync("/v1/models", (name, value), (other, otherValue));

        (await TextAsync(response)).Should().Be(
            """{"data":[{"type":"model","id":"a","display_name":"a","created_at":"2026-01-01T00:00:00Z"},{"type":"model","id":"b","display_name":"b","created_at":"2026-01-01T00:00:00Z"},{"type":"model","id":"c","display_name":"c","created_at":"2026-01-01T00:00:00Z"}],"has_more":false,"first_id":"a","last_id":"c"}""");
    }

    [Theory]
    [InlineData("?limit=2", "a,b", true)]
    [InlineData("?limit=2&after_id=b", "c", false)]
    [InlineData("?limit=1&before_id=c", "b", true)]
    [InlineData("?before_id=b", "a", false)]
    [InlineData("?after_id=c", "", false)]
    public async Task A_long_list_comes_in_pages(string query, string ids, bool hasMore)
    {
        await ServeDatedAsync();

        using var response = await GetAsync("/v1/models" + query, ("x-api-key", Key));

        var list = await JsonAsync(response);
        string.Join(',', list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString())).Should().Be(ids);
        list.GetProperty("has_more").GetBoolean().Should().Be(hasMore);
    }

    [Theory]
    [InlineData("/v1/models?limit=0", 400, "invalid_request_error")]
    [InlineData("/v1/models?after_id=x", 400, "invalid_request_error")]
    [InlineData("/v1/models/x", 404, "not_found_error")]
    public async Task What_cannot_be_listed_is_told_in_Anthropics_shape(string path, int status, string type)
    {
        await ServeDatedAsync();

        using var response = await GetAsync(path, ("x-api-key", Key));

        var wrong = await WrongAsync(response);
        (wrong.Status, wrong.Type).Should().Be((status, type));
    }

    [Fact]
    public async Task One_model_is_told_in_the_shape_of_who_asks()
    {
        await ServeDatedAsync();

        using var anthropic = await GetAsync("/v1/models/a", ("x-api-key", Key));
        using var openai = await GetAsync("/v1/models/a", ("Authorization", $"Bearer {Key}"));

        (await TextAsync(anthropic)).Should().Be("""{"type":"model","id":"a","display_name":"a","created_at":"2026-01-01T00:00:00Z"}""");
        (await TextAsync(openai)).Should().Be("""{"id":"a","object":"model","created":1767225600,"owned_by":"openai"}""");
        openai.Headers.Contains("request-id").Should().BeFalse();
        anthropic.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private async Task ServeDatedAsync()
    {
        await IssueKeyAsync(models: ["a", "b", "c"]);
        await AddProviderAsync("main");
        foreach (var name in (string[])["a", "b", "c"])
            await AddModelAsync(name);
        await SqlAsync("UPDATE models SET created_at = '2026-01-01'");
        await Gateway.SettledAsync();
    }

    private async Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await Client(key: null).SendAsync(request, Stop);
    }
}
