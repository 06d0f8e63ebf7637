using System.Net;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>More calls than the gateway takes at a time.</summary>
public class SecurityTestsLoad(GatewayFixture gateway) : ChatTest(gateway)
{
    private const string Head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer " + Key + "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n";

    private static readonly string Overloaded =
        ErrorOf("The gateway has as many calls under way as it takes. Please try again.", "server_error", null, "overloaded");

    [Fact]
    public async Task One_call_too_many_is_refused_unread_and_nothing_else_is()
    {
        await ServeToAKeyAsync();
        await using var busy = await AnotherGateway.StartAsync(Gateway, ("MAX_IN_FLIGHT", "2"), ("ADMIN_HTTP_PORT", "0"));
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Upstream.Answer = async call =>
        {
            await release.Task;
            await FakeUpstream.AnswerHelloAsync(call);
        };
        var taken = new[] { ChatAtAsync(busy.Url), ChatAtAsync(busy.Url) };
        await Eventually.IsTrueAsync(() => Upstream.Requests.Count == 2, "both are under way");

        using (var connection = await RawConnection.OpenAsync(busy.Url, Stop))
        {
            await connection.SendRawAsync($"{Head}Content-Length: {Hello.Length}\r\n\r\n", Stop);
            var refused = await connection.ReadAsync(Stop);
            refused.StatusLine.Should().StartWith("HTTP/1.1 503", "the answer comes without the body, which nobody has asked to go on with");
            refused.Body.Should().Be(Overloaded);
            (refused.Headers["Retry-After"], refused.Headers["retry-after-ms"]).Should().Be(("1", "1000"));
        }

        (await StatusAsync(busy.Url, "/v1/chat/completions", "wrong", HttpMethod.Post)).Should().Be(HttpStatusCode.Unauthorized, "who is not known is told nothing else");
        (await StatusAsync(busy.Url, "/health", null)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(busy.Url, "/v1/models", Key)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(busy.Urls[^1], "/admin/projects", Gateway.AdminToken)).Should().Be(HttpStatusCode.OK);
        (await MetricAsync(busy, "cleangateway_calls_in_flight")).Should().Be(2);
        (await MetricAsync(busy, "cleangateway_calls_shed_total{reason=\"calls\"}")).Should().Be(1);

        release.SetResult();
        foreach (var call in taken)
        {
            using var answer = await call;
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        await Eventually.IsTrueAsync(async () => await MetricAsync(busy, "cleangateway_calls_in_flight") == 0, "both places are free again");
        using var next = await ChatAtAsync(busy.Url);
        next.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ScalarAsync<long>("SELECT count(*) FROM requests WHERE url = '/v1/chat/completions'")).Should().Be(3, "what is refused for it is in no table");
    }

    /// <summary>More than 256 MiB at a time would be in memory otherwise; none of these bodies is sent.</summary>
    [Fact]
    public async Task Of_two_hundred_bodies_of_eight_mebibytes_thirty_two_are_let_in()
    {
        await ServeToAKeyAsync();
        var connections = new List<RawConnection>();
        try
        {
            var let = 0;
            for (var call = 0; call < 200; call++)
            {
                var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);
                connections.Add(connection);
                await connection.SendRawAsync($"{Head}Content-Length: {8 * 1024 * 1024}\r\n\r\n", Stop);
                var first = await connection.LineAsync(Stop);
                first.Should().Match(line => line == "HTTP/1.1 100 Continue" || line == "HTTP/1.1 503 Service Unavailable");
                let += first.Contains("100", StringComparison.Ordinal) ? 1 : 0;
            }

            let.Should().Be(32);
            using var small = await ChatAsync();
            small.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable, "there is room for none at all");
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }

        await Eventually.IsTrueAsync(
            async () =>
            {
                using var answer = await ChatAsync();
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "those who have left hold nothing");
    }

    [Fact]
    public async Task A_body_of_unknown_length_takes_its_room_as_it_comes()
    {
        await ServeToAKeyAsync();
        await using var small = await AnotherGateway.StartAsync(Gateway, ("MAX_REQUEST_BODY", "64KiB"), ("MAX_BODY_BYTES_IN_FLIGHT", "100KiB"));
        using var first = await RawConnection.OpenAsync(small.Url, Stop);
        await first.SendRawAsync($"{Head}Content-Length: 60000\r\n\r\n", Stop);
        await first.ReadUntilAsync("100 Continue\r\n\r\n", Stop);

        using var chunked = await RawConnection.OpenAsync(small.Url, Stop);
        await chunked.SendRawAsync($"{Head}Transfer-Encoding: chunked\r\n\r\n", Stop);
        await chunked.ReadUntilAsync("100 Continue\r\n\r\n", Stop);
        await chunked.SendRawAsync($"1000\r\n{new string(' ', 4096)}\r\n", Stop);

        var refused = await chunked.ReadAsync(Stop);
        refused.Body.Should().Be(Overloaded);
        refused.Headers["Connection"].Should().Be("close", "what is left of the body is no request");
        await first.SendRawAsync(Hello[..^1] + new string(' ', 60000 - Hello.Length) + "}", Stop);
        (await first.ReadAsync(Stop)).StatusLine.Should().Be("HTTP/1.1 200 OK");
    }

    private async Task<HttpResponseMessage> ChatAtAsync(Uri url)
    {
        using var content = new StringContent(Hello) { Headers = { ContentType = new("application/json") } };
        return await Client(url: url).PostAsync("/v1/chat/completions", content, Stop);
    }

    private async Task<HttpStatusCode> StatusAsync(Uri url, string path, string? token, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        using var response = await Client(token, url).SendAsync(request, Stop);
        return response.StatusCode;
    }

    private async Task<double> MetricAsync(AnotherGateway busy, string sample) =>
        PrometheusText.Parse(await Admin(busy.Urls[^1]).GetStringAsync("/metrics", Stop))[sample];
}
