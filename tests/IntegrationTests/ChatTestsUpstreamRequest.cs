using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Where a call goes and what stands in its head.</summary>
public class ChatTestsUpstreamRequest(GatewayFixture gateway) : ChatTest(gateway)
{
    [Fact]
    public async Task Nothing_of_the_callers_head_goes_upstream_but_the_trace_it_is_in()
    {
        await ServeToAKeyAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions?api_key=callers&x=1") { Content = new StringContent(Hello) };
        foreach (var (name, value) in new[]
        {
            ("Cookie", "a=b"), ("X-Api-Key", "callers"), ("OpenAI-Organization", "org-callers"), ("OpenAI-Project", "proj-callers"), ("OpenAI-Beta", "x"),
            ("X-Forwarded-For", "10.0.0.1"), ("Forwarded", "for=10.0.0.1"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ("tracestate", "a=b"), ("baggage", "a=b"), ("X-Request-ID", "callers"), ("Idempotency-Key", "callers"), ("User-Agent", "caller/1"),
            ("Accept-Encoding", "gzip"), ("Connection", "X-Hop"), ("X-Hop", "callers"),
        })
        {
            request.Headers.TryAddWithoutValidation(name, value).Should().BeTrue(name);
        }

        request.Content.Headers.ContentType = new("application/json") { CharSet = "utf-8" };
        using var response = await Client().SendAsync(request, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Method.Should().Be("POST");
        Upstream.Request.Path.Should().Be("/v1/chat/completions");
        Upstream.Request.Headers.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["Host"] = $"127.0.0.1:{Upstream.Port}",
            ["Accept"] = "application/json",
            ["User-Agent"] = "CleanGateway/1.0",
            ["Authorization"] = "Bearer sk-upstream-secret",
            ["Content-Type"] = "application/json",
            ["Content-Length"] = $"{Hello.Length}",
            ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ["tracestate"] = "a=b",
        });
    }

    [Fact]
    public async Task Organization_and_project_go_along_where_they_are_configured()
    {
        await ServeToAKeyAsync();
        await SqlAsync("""UPDATE providers SET encrypted_credentials = '{"api_key": "sk-2", "organization": "org-ours", "project": "proj_ours"}'""");
        await Gateway.SettledAsync();

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Headers.Should().Contain("Authorization", "Bearer sk-2").And.Contain("OpenAI-Organization", "org-ours")
            .And.Contain("OpenAI-Project", "proj_ours");
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("''")]
    [InlineData("'{}'")]
    [InlineData("""'{"api_key": null}'""")]
    public async Task A_server_that_wants_no_key_gets_none(string credentials)
    {
        await IssueKeyAsync();
        await AddModelAsync(type: "openai_compatible");
        await AddProviderAsync("local", "openai_compatible", ("encrypted_credentials", credentials));

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Headers.Should().NotContainKey("Authorization");
    }

    [Theory]
    [InlineData("", "/chat/completions")]
    [InlineData("/", "/chat/completions")]
    [InlineData("/v1", "/v1/chat/completions")]
    [InlineData("/v1/", "/v1/chat/completions")]
    [InlineData("/team/a%20b/openai/v1", "/team/a%20b/openai/v1/chat/completions")]
    [InlineData("/team/a%20b/openai/v1/", "/team/a%20b/openai/v1/chat/completions")]
    public async Task A_base_url_is_kept_whole(string path, string asked)
    {
        await IssueKeyAsync();
        await ServeAsync(config: $$"""{"base_url": "http://127.0.0.1:{{Upstream.Port}}{{path}}", "allow_cidrs": ["127.0.0.0/8"]}""");

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Path.Should().Be(asked);
    }

    [Fact]
    public async Task Calls_in_a_row_share_a_connection()
    {
        await ServeToAKeyAsync();
        var before = Upstream.Connections;

        for (var call = 0; call < 5; call++)
        {
            using var response = await ChatAsync(stream: call % 2 == 0);
            await TextAsync(response);
        }

        Upstream.Requests.Should().HaveCount(5);
        (Upstream.Connections - before).Should().Be(1);
    }
}
