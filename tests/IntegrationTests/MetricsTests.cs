using System.Net;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class MetricsTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Route = "route=\"/v1/chat/completions\"";

    [Fact]
    public async Task They_are_on_the_admin_port_for_an_admin_token()
    {
        await IssueKeyAsync();

        (await StatusAsync(Gateway.AdminUrl, Gateway.AdminToken)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(Gateway.AdminUrl, null)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(Gateway.AdminUrl, "wrong")).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(Gateway.AdminUrl, Key)).Should().Be(HttpStatusCode.Unauthorized);
        (await StatusAsync(Gateway.Url, Gateway.AdminToken)).Should().Be(HttpStatusCode.NotFound);
    }

    /// <summary>Which port a call came in on is the connection's to say, not the caller's.</summary>
    [Fact]
    public async Task A_host_header_does_not_lead_to_the_admin_port()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Host = Gateway.AdminUrl.Authority;

        using var response = await Admin(Gateway.Url).SendAsync(request, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_text_is_what_Prometheus_reads()
    {
        await ServeToAKeyAsync();
        (await ChatAsync()).Dispose();
        (await ChatAsync("gpt-99")).Dispose();

        using var response = await Admin(Gateway.AdminUrl).GetAsync("/metrics", Stop);

        response.Content.Headers.ContentType!.ToString().Should().Be("text/plain; version=0.0.4; charset=utf-8");
        var metrics = PrometheusText.Parse(await response.Content.ReadAsStringAsync(Stop));
        metrics.Types.Should().Contain(new Dictionary<string, string>
        {
            ["cleangateway_calls_total"] = "counter",
            ["cleangateway_call_duration_seconds"] = "histogram",
            ["cleangateway_tokens_total"] = "counter",
            ["cleangateway_cost_nanodollars_total"] = "counter",
            ["cleangateway_journal_wait_seconds"] = "histogram",
            ["cleangateway_upstream_time_to_first_byte_seconds"] = "histogram",
            ["cleangateway_journal_healthy"] = "gauge",
            ["cleangateway_config_problems"] = "gauge",
        });
        metrics["cleangateway_journal_healthy"].Should().Be(1);
        metrics["cleangateway_database_reachable"].Should().Be(1);
        metrics["cleangateway_config_problems"].Should().Be(0);
    }

    [Fact]
    public async Task Counters_are_true_after_known_traffic()
    {
        await ServeToAKeyAsync();
        var before = await MetricsAsync();

        for (var call = 0; call < 3; call++)
            (await ChatAsync()).Dispose();
        using (var stream = await ChatAsync(stream: true))
            await ReadToEndAsync(stream);
        (await ChatAsync("gpt-99")).Dispose();
        Upstream.Answer = call => call.RespondAsync(500, "{}");
        (await ChatAsync()).Dispose();
        var after = await MetricsAsync();

        Gained("cleangateway_calls_total", Route, "outcome=\"ok\"", "code=\"\"").Should().Be(4);
        Gained("cleangateway_calls_total", Route, "outcome=\"rejected\"", "code=\"unknown_model\"").Should().Be(1);
        Gained("cleangateway_calls_total", Route, "outcome=\"upstream_error\"", "code=\"upstream_error\"").Should().Be(1);
        Gained("cleangateway_calls_total").Should().Be(6);
        Gained("cleangateway_call_duration_seconds_count", Route).Should().Be(6);
        Gained("cleangateway_tokens_total", "provider=\"openai-main\"", "model=\"gpt-4\"", "direction=\"input\"").Should().Be(4 * 9);
        Gained("cleangateway_tokens_total", "provider=\"openai-main\"", "model=\"gpt-4\"", "direction=\"output\"").Should().Be(4 * 3);
        Gained("cleangateway_cost_nanodollars_total", "provider=\"openai-main\"", "model=\"gpt-4\"").Should().Be(4 * 450_000);
        Gained("cleangateway_calls_total", "status=\"200\"", "provider=\"openai-main\"", "model=\"gpt-4\"").Should().Be(4);
        Gained("cleangateway_calls_total", "status=\"400\"", "provider=\"\"", "model=\"\"").Should().Be(1);
        Gained("cleangateway_call_duration_seconds_count", Route, "provider=\"openai-main\"", "model=\"gpt-4\"").Should().Be(5);
        Gained("cleangateway_call_time_to_first_token_seconds_count", Route, "provider=\"openai-main\"", "model=\"gpt-4\"").Should().Be(1);
        Gained("cleangateway_call_overhead_seconds_count", Route).Should().Be(5, "it is of calls that went upstream");
        Gained("cleangateway_admissions_total", "outcome=\"unlimited\"").Should().Be(5);
        Gained("cleangateway_journal_append_duration_seconds_count", "record=\"accept\"").Should().Be(5);
        Gained("cleangateway_journal_append_duration_seconds_count", "record=\"complete\"").Should().Be(6);
        Gained("cleangateway_upstream_time_to_first_byte_seconds_count", "provider=\"openai-main\"").Should().Be(5);
        (after["cleangateway_journal_wait_seconds_count"] - before["cleangateway_journal_wait_seconds_count"]).Should().Be(6);
        (after["cleangateway_journal_written_total"] - before["cleangateway_journal_written_total"]).Should().Be(6);
        after["cleangateway_streams_open"].Should().Be(0);

        double Gained(string name, params string[] labels) => after.Sum(name, labels) - before.Sum(name, labels);
    }

    [Fact]
    public async Task Calls_without_a_valid_key_are_counted_and_leave_no_row()
    {
        var before = await MetricsAsync();

        (await ChatAsync(key: null)).Dispose();
        (await ChatAsync(key: "unknown")).Dispose();
        (await ChatAsync(key: "unknown")).Dispose();
        (await Client("unknown").GetAsync("/v1/models", Stop)).Dispose();
        (await Client("unknown").GetAsync("/api/requests", Stop)).Dispose();
        var after = await MetricsAsync();

        Gained("missing_authorization").Should().Be(1);
        Gained("invalid_api_key").Should().Be(4);
        (after.Sum("cleangateway_calls_total") - before.Sum("cleangateway_calls_total")).Should().Be(0);
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0);
        Upstream.Requests.Should().BeEmpty();

        double Gained(string reason) =>
            after.Sum("cleangateway_authentication_failures_total", $"reason=\"{reason}\"")
            - before.Sum("cleangateway_authentication_failures_total", $"reason=\"{reason}\"");
    }

    [Fact]
    public async Task Nothing_that_a_caller_makes_up_becomes_a_label()
    {
        await ServeToAKeyAsync();
        await MakeUpAsync("made-up");
        var before = await MetricsAsync();

        await MakeUpAsync("made-up-too");

        var text = await Admin(Gateway.AdminUrl).GetStringAsync("/metrics", Stop);
        text.Should().NotContain("made-up").And.NotContainAny(Key, Gateway.AdminToken, "sk-upstream-secret", "Test Key");
        var metrics = PrometheusText.Parse(text);
        metrics.LabelValues("route").Should().BeSubsetOf(
        [
            "/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens", "/v1/messages/{**path}", "/v1/responses", "/v1/embeddings",
            "/v1/models", "/v1/models/{**id}", "/v1/{**path}",
        ]);
        metrics.Samples.Keys.Except(before.Samples.Keys).Where(series => series.StartsWith("cleangateway", StringComparison.Ordinal)).Should().BeEmpty("there is a series for each sort of end, not for each call");

        async Task MakeUpAsync(string word)
        {
            (await ChatAsync($"{word}-model")).Dispose();
            (await PostAsync($$$"""{"model":"gpt-4","user":"{{{word}}}-user","messages":[{"role":"user","content":"{{{word}}}-prompt"}]}""")).Dispose();
            (await PostAsync("{}", path: $"/v1/{word}-path")).Dispose();
            (await Client().GetAsync($"/v1/models/{word}-id?{word}-query=1", Stop)).Dispose();
            (await Client($"{word}-key").GetAsync("/v1/models", Stop)).Dispose();
            (await Client().GetAsync($"/{word}-page", Stop)).Dispose();
        }
    }

    [Fact]
    public async Task Nor_does_what_a_provider_makes_up()
    {
        await ServeToAKeyAsync();
        var before = await MetricsAsync();
        Upstream.Answer = call => call.RespondAsync(400, """{"error":{"message":"No.","type":"invalid_request_error","code":"made_up_by_it"}}""");

        using var answer = await ChatAsync();

        (await answer.Content.ReadAsStringAsync(Stop)).Should().Contain("made_up_by_it", "the caller is told");
        var text = await Admin(Gateway.AdminUrl).GetStringAsync("/metrics", Stop);
        text.Should().NotContain("made_up_by_it");
        var after = PrometheusText.Parse(text);
        string[] labels = [Route, "outcome=\"upstream_error\"", "code=\"invalid_request\"", "status=\"400\""];
        (after.Sum("cleangateway_calls_total", labels) - before.Sum("cleangateway_calls_total", labels)).Should().Be(1);
    }

    [Fact]
    public async Task Labels_with_quotes_and_line_feeds_are_escaped()
    {
        await IssueKeyAsync();
        await ServeAsync("gpt\"\\\n4", "a \"quoted\\\" name");
        await PostAsync("""{"model":"gpt\"\\\n4","messages":[{"role":"user","content":"Hi"}]}""");

        (await MetricsAsync()).Sum("cleangateway_tokens_total", """provider="a \"quoted\\\" name",model="gpt\"\\\n4",direction="input""").Should().Be(9);
    }

    [Fact]
    public async Task Prometheus_own_tool_finds_no_fault()
    {
        Assert.SkipUnless(ExternalProgram.Exists("promtool"), "promtool is not installed (Debian: prometheus); the text is read by a parser of the tests' own");
        await ServeToAKeyAsync();
        (await ChatAsync()).Dispose();

        await MonitoringTests.PromtoolShouldAcceptAsync(await Admin(Gateway.AdminUrl).GetStringAsync("/metrics", Stop), Stop);
    }

    private async Task<PrometheusText> MetricsAsync() => PrometheusText.Parse(await Admin(Gateway.AdminUrl).GetStringAsync("/metrics", Stop));

    private async Task<HttpStatusCode> StatusAsync(Uri url, string? token)
    {
        using var response = await Client(token, url).GetAsync("/metrics", Stop);
        return response.StatusCode;
    }
}
