using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Who may call at all, and which models.</summary>
public class ChatTestsRefusalsByKey(GatewayFixture gateway) : ChatTest(gateway)
{
    private const string Missing = """{"error":{"message":"missing or invalid Authorization header","type":"invalid_request_error","code":401}}""";
    private const string Wrong = """{"error":{"message":"invalid API key","type":"invalid_request_error","code":401}}""";

    [Theory]
    [InlineData(Missing)]
    [InlineData(Missing, "")]
    [InlineData(Missing, "Bearer")]
    [InlineData(Missing, "Bearer   ")]
    [InlineData(Missing, Key)]
    [InlineData(Missing, "Basic dXNlcjp0ZXN0LWtleS0xMjM0NQ==")]
    [InlineData(Wrong, "Bearer unknown")]
    [InlineData(Wrong, "Bearer " + Key + "6")]
    [InlineData(Wrong, "Bearer TEST-KEY-12345")]
    [InlineData(Wrong, "Bearer " + Key + " x")]
    [InlineData(Wrong, "Bearer " + Key + ", Bearer " + Key)]
    public async Task Whoever_is_not_known_is_told_so_and_leaves_no_row(string body, string? authorization = null)
    {
        await ServeToAKeyAsync();

        // What is wrong with the body is nobody's business without a key.
        foreach (var content in new[] { Hello, "{" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(content) };
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
            request.Headers.Add("api-key", Key);
            using var response = await Client(key: null).SendAsync(request, Stop);

            await ShouldBeUnauthorizedAsync(response, body);
        }
    }

    [Theory]
    [InlineData("bearer " + Key)]
    [InlineData("BEARER  " + Key + "  ")]
    public async Task A_known_key_is_known_however_the_scheme_is_written(string authorization)
    {
        await ServeToAKeyAsync();
        using var content = new StringContent(Hello) { Headers = { ContentType = null } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var response = await Client(key: null).SendAsync(request, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_admin_token_is_no_api_key()
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(Hello, Gateway.AdminToken);

        await ShouldBeUnauthorizedAsync(response, Wrong);
    }

    [Theory]
    [InlineData("enabled = false")]
    [InlineData("expires_at = now()")]
    [InlineData("expires_at = '2020-01-01'")]
    [InlineData("key_hash = encode(sha256('another'::bytea), 'hex')")]
    public async Task A_key_that_was_good_is_refused_as_soon_as_it_is_not(string change)
    {
        await ServeToAKeyAsync();
        using (var before = await ChatAsync())
            before.StatusCode.Should().Be(HttpStatusCode.OK);
        await SqlAsync("DELETE FROM requests");
        Upstream.Reset();

        await SqlAsync($"UPDATE api_keys SET {change}");
        await Gateway.SettledAsync();
        using var response = await ChatAsync();

        await ShouldBeUnauthorizedAsync(response, Wrong);
    }

    [Fact]
    public async Task A_key_that_is_not_to_expire_yet_is_good()
    {
        await ServeToAKeyAsync();
        await SqlAsync("UPDATE api_keys SET expires_at = now() + interval '1 minute'");
        await Gateway.SettledAsync();

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("gpt-4", "echo", "gpt-4o")]
    [InlineData("gpt-4", "GPT-4")]
    [InlineData("gpt-99", "gpt-4")]
    [InlineData("gpt-4")]
    public async Task A_model_the_key_may_not_use_is_refused_whether_it_exists_or_not(string model, params string[] allowed)
    {
        await ServeAsync();
        await IssueKeyAsync(models: allowed);

        using var response = await ChatAsync(model);

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        var body = ErrorOf($"This API key may not use the model '{model}'.", "permission_error", "model", "model_not_allowed");
        (await TextAsync(response)).Should().Be(body);
        Upstream.Requests.Should().BeEmpty();
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Status == 403 && logged.Outcome == "rejected" && logged.ErrorCode == "model_not_allowed" && logged.Model == model
            && logged.ResponseBody == body && logged.Cost == 0 && logged.LedgerLines == 0);
    }

    [Fact]
    public async Task A_row_names_its_key_by_its_id_and_holds_it_nowhere()
    {
        await ServeAsync();
        var id = await IssueKeyAsync();

        using var response = await PostAsync(Hello, path: $"/v1/chat/completions?key={Key}&api-version=1");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ScalarAsync<object>("SELECT api_key FROM requests")).ToString().Should().Be(id.ToString());
        (await LoggedAsync()).Url.Should().Be("/v1/chat/completions?key=***&api-version=1");
        (await ScalarAsync<string>("SELECT (q.*)::text || (r.*)::text FROM requests q, responses r")).Should().NotContain(Key);
    }

    private async Task ShouldBeUnauthorizedAsync(HttpResponseMessage response, string body)
    {
        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await TextAsync(response)).Should().Be(body);
        response.Headers.GetValues("x-should-retry").Should().Equal("false");
        response.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");
        Upstream.Requests.Should().BeEmpty();
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0);
        (await ScalarAsync<long>("SELECT count(*) FROM responses")).Should().Be(0);
    }
}
