using System.Text.Json;
using CleanGateway.Api.Common;
using CleanGateway.Domain.RequestLogs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace CleanGateway.UnitTests.Api;

public class RequestLinesTests
{
    private readonly DefaultHttpContext http = new() { Request = { Method = "POST", Path = "/v1/chat/completions" } };

    [Theory]
    [InlineData("Authorization", "Bearer hunter2")]
    [InlineData("authorization", "Bearer hunter2")]
    [InlineData("Proxy-Authorization", "Basic hunter2")]
    [InlineData("api-key", "hunter2")]
    [InlineData("x-api-key", "hunter2")]
    [InlineData("x-goog-api-key", "hunter2")]
    [InlineData("Cookie", "session=hunter2")]
    [InlineData("X-Forwarded-For", "hunter2")]
    [InlineData("X-Amz-Security-Token", "hunter2")]
    [InlineData("OpenAI-Organization", "hunter2")]
    [InlineData("X-Anything-New", "hunter2")]
    public void A_header_that_is_not_on_the_list_is_not_kept(string name, string value)
    {
        http.Request.Headers[name] = value;

        Line().ToString().Should().NotContain("hunter2");
        Headers().Should().BeEmpty();
    }

    [Fact]
    public void Headers_that_tell_which_client_it_was_are_kept_as_JSON()
    {
        http.Request.Headers.UserAgent = "OpenAI/Python 2.0 \"quoted\" größe";
        http.Request.Headers.Accept = new[] { "text/event-stream", "application/json" };
        http.Request.Headers["X-Stainless-Lang"] = "python";

        Headers().Should().Equal(new Dictionary<string, string>
        {
            ["accept"] = "text/event-stream,application/json", ["user-agent"] = "OpenAI/Python 2.0 \"quoted\" größe", ["x-stainless-lang"] = "python",
        });
    }

    [Theory]
    [InlineData("", "/v1/chat/completions")]
    [InlineData("?api-version=2024-10-21", "/v1/chat/completions?api-version=2024-10-21")]
    [InlineData("?limit=10", "/v1/chat/completions?limit=10")]
    [InlineData("?api_key=hunter2", "/v1/chat/completions?api_key=***")]
    [InlineData("?key=hunter2&limit=5&token=hunter2", "/v1/chat/completions?key=***&limit=5&token=***")]
    [InlineData("?key=hunter2&key=hunter2", "/v1/chat/completions?key=***")]
    [InlineData("?KEY=hunter2", "/v1/chat/completions?KEY=***")]
    [InlineData("?a%26b=hunter2", "/v1/chat/completions?a%26b=***")]
    public void Of_a_query_the_names_are_kept_and_few_values(string query, string url)
    {
        http.Request.QueryString = new QueryString(query);

        Line().Url.Should().Be(url);
    }

    [Fact]
    public void The_route_is_the_endpoints_pattern_where_there_is_one()
    {
        http.Request.Path = "/v1/models/gpt-4";
        Line().Route.Should().Be("/v1/models/gpt-4");

        http.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse("/v1/models/{id}"), 0, null, "models"));
        var line = Line();

        (line.Route, line.Url, line.Method, line.ClientRequestId).Should().Be(("/v1/models/{id}", "/v1/models/gpt-4", "POST", "client-1"));
    }

    private RequestLine Line()
    {
        var now = new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);
        return RequestLines.Of(http, new RequestIdentity(RequestId.New(now), "client-1", now, 0));
    }

    private Dictionary<string, string> Headers() => JsonSerializer.Deserialize<Dictionary<string, string>>(Line().Headers!)!;
}
