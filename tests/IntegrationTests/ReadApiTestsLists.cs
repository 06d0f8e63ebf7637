using System.Net;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>The latest requests and responses, for administrators.</summary>
public class ReadApiTestsLists(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string MissingAuthorization =
        """{"error":{"message":"missing or invalid Authorization header","type":"invalid_request_error","code":401}}""";

    private const string InvalidKey = """{"error":{"message":"invalid API key","type":"invalid_request_error","code":401}}""";

    public static TheoryData<string> AdminPaths =>
        ["/api/requests", "/api/requests/req_1", "/api/responses", "/api/responses/req_1", "/api/db-stats"];

    [Theory]
    [MemberData(nameof(AdminPaths))]
    public async Task Only_an_admin_token_opens_it(string path)
    {
        await IssueKeyAsync();

        await ShouldRefuseAsync(path, null, MissingAuthorization);
        await ShouldRefuseAsync(path, "wrong", InvalidKey);
        await ShouldRefuseAsync(path, Key, InvalidKey);
        using var admitted = await Admin().GetAsync(path, Stop);
        admitted.StatusCode.Should().NotBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("/api/requests")]
    [InlineData("/api/responses")]
    public async Task Ten_are_listed_or_as_many_as_asked_for_the_newest_first(string path)
    {
        var now = TimeProvider.System.GetUtcNow();
        var exchanges = Enumerable.Range(0, 510).Select(age => Exchanges.Answered(now.AddMilliseconds(-age))).ToList();
        await new ExchangeWriter(Gateway.Services.GetRequiredService<GatewayDatabase>()).WriteAsync([.. exchanges.Select(ExchangeRow.Of)], Stop);

        (await IdsAsync(path)).Should().Equal(Newest(10));
        (await IdsAsync($"{path}?limit=1")).Should().Equal(Newest(1));
        (await IdsAsync($"{path}?limit=25")).Should().Equal(Newest(25));
        (await IdsAsync($"{path}?limit=500")).Should().Equal(Newest(500));
        (await IdsAsync($"{path}?limit=501")).Should().Equal(Newest(500));
        (await IdsAsync($"{path}?limit=2147483647")).Should().Equal(Newest(500));
        (await IdsAsync($"{path}?unknown=1")).Should().Equal(Newest(10));

        IEnumerable<string> Newest(int count) => exchanges.Take(count).Select(exchange => exchange.Request.RequestId);
    }

    [Theory]
    [InlineData("limit=0", "'limit' is 0")]
    [InlineData("limit=-1", "'limit' is -1")]
    [InlineData("limit=ten", "'limit' is 'ten'")]
    [InlineData("limit=1.5", "'limit' is '1.5'")]
    [InlineData("limit=", "'limit' is ''")]
    [InlineData("limit=%20", "'limit' is ' '")]
    [InlineData("limit=1%20", "'limit' is '1 '")]
    [InlineData("limit=99999999999999999999", "'limit' is '99999999999999999999'")]
    [InlineData("limit=1&limit=2", "'limit' is '1,2'")]
    public async Task A_limit_that_is_none_is_named(string query, string complaint)
    {
        foreach (var path in (string[])["/api/requests", "/api/responses"])
        {
            using var response = await Admin().GetAsync($"{path}?{query}", Stop);

            response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            (await response.Content.ReadAsStringAsync(Stop)).Should().Be(
                ErrorJson($"{complaint}: expected a number from 1 to 500.", "invalid_value", "limit"));
            response.Headers.GetValues("x-should-retry").Should().Equal("false");
        }
    }

    [Fact]
    public async Task A_request_and_its_response_say_what_the_books_say()
    {
        var keyId = await IssueKeyAsync();
        await ServeAsync();
        using var answer = await PostAsync("""{"model":"gpt-4","user":"u-1","messages":[{"role":"user","content":"Hi"}]}""");
        var id = answer.Headers.GetValues("X-Request-ID").Single();

        var request = (await JsonAsync(await Admin().GetAsync("/api/requests", Stop))).GetProperty("data")[0];
        var response = (await JsonAsync(await Admin().GetAsync("/api/responses", Stop))).GetProperty("data")[0];

        Members(request, "id", "created_at", "start_time", "end_time").Should().Be($$"""
            "request_id":"{{id}}","client_request_id":null,"route":"/v1/chat/completions","method":"POST","model":"gpt-4","stream":false,
            "status_code":200,"api_key":"{{keyId}}","user_id":"u-1","provider_name":"openai-main"
            """.ReplaceLineEndings(""));
        Members(response, "id", "created_at", "latency_ms").Should().Be($$"""
            "request_id":"{{id}}","model":"gpt-4","response_model":"gpt-x-2026","status_code":200,"outcome":"ok","error_code":null,
            "prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"cost":0.000450000,"unpriced_reason":null
            """.ReplaceLineEndings(""));
        request.GetProperty("end_time").GetDateTimeOffset().Should().BeOnOrAfter(request.GetProperty("start_time").GetDateTimeOffset());
        response.GetProperty("latency_ms").GetDecimal().Should().BePositive();
    }

    [Fact]
    public async Task One_is_shown_with_its_body_and_no_credential_is_in_any_answer()
    {
        const string Body = """{"model":"gpt-4", "messages":[{"role":"user","content":"  Hi "}] }""";
        await ServeToAKeyAsync();
        using var call = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions?api_key=query-secret&limit=3");
        call.Content = new StringContent(Body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        call.Headers.Add("Cookie", "session=cookie-secret");
        call.Headers.Add("X-Api-Key", "header-secret");
        call.Headers.Add("User-Agent", "tests/1");
        using var answer = await Client().SendAsync(call, Stop);
        var id = answer.Headers.GetValues("X-Request-ID").Single();

        var texts = new Dictionary<string, string>();
        foreach (var path in (string[])["/api/requests", "/api/responses", $"/api/requests/{id}", $"/api/responses/{id}", "/api/db-stats"])
            texts[path] = await Admin().GetStringAsync(path, Stop);

        var request = JsonDocument.Parse(texts[$"/api/requests/{id}"]).RootElement;
        request.GetProperty("request").GetProperty("request_id").GetString().Should().Be(id);
        request.GetProperty("body").GetRawText().Should().Be(Body);
        request.GetProperty("body_form").GetString().Should().Be("json");
        request.GetProperty("url").GetString().Should().Be("/v1/chat/completions?api_key=***&limit=3");
        request.GetProperty("headers").EnumerateObject().Select(header => header.Name)
            .Should().BeEquivalentTo("user-agent", "content-type", "content-length");
        var response = JsonDocument.Parse(texts[$"/api/responses/{id}"]).RootElement;
        response.GetProperty("response").GetProperty("request_id").GetString().Should().Be(id);
        response.GetProperty("body").GetRawText().Should().Be(await answer.Content.ReadAsStringAsync(Stop));
        foreach (var text in texts.Values)
        {
            text.Should().NotContainAny(Key, Secret.Hash(Key), "sk-upstream-secret", "query-secret", "cookie-secret", "header-secret", Gateway.AdminToken);
        }
    }

    [Theory]
    [InlineData("/api/requests/", "request")]
    [InlineData("/api/responses/", "response")]
    public async Task One_that_is_not_there_is_not_found(string path, string what)
    {
        foreach (var id in (string[])["req_0197a000000070008000000000000001", "nothing", "req_zzz"])
        {
            using var response = await Admin().GetAsync(path + id, Stop);

            response.StatusCode.Should().Be(HttpStatusCode.NotFound);
            (await response.Content.ReadAsStringAsync(Stop)).Should().Be(ErrorJson($"No {what} has the id '{id}'.", $"{what}_not_found"));
        }
    }

    private async Task ShouldRefuseAsync(string path, string? token, string body)
    {
        using var response = await Client(token).GetAsync(path, Stop);
        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.Single().ToString().Should().Be("Bearer");
        (await response.Content.ReadAsStringAsync(Stop)).Should().Be(body);
    }

    private async Task<IEnumerable<string?>> IdsAsync(string path)
    {
        var list = await JsonAsync(await Admin().GetAsync(path, Stop));
        list.GetProperty("object").GetString().Should().Be("list");
        return list.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("request_id").GetString());
    }

    /// <summary>All members but those whose values a test cannot know.</summary>
    private static string Members(JsonElement item, params string[] unknown) => string.Join(
        ',', item.EnumerateObject().Where(member => !unknown.Contains(member.Name)).Select(member => $"\"{member.Name}\":{member.Value.GetRawText()}"));
}
