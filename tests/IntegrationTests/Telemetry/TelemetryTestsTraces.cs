using System.Globalization;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CleanGateway.IntegrationTests.Telemetry;

/// <summary>What a collector is told of calls, by a gateway that has one.</summary>
public class TelemetryTestsTraces(GatewayFixture gateway) : TelemetryTest(gateway)
{
    private const string Prompt = "Say hello!";

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task A_streamed_call_is_shown_whole_from_its_caller_to_its_provider(string protocol)
    {
        var key = await IssueKeyAsync();
        await ServeAsync();
        await using var collector = await OtlpReceiver.StartAsync(protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var firstIsSeen = new TaskCompletionSource();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayRoleAsync();
            await call.SayWordAsync("Hello");
            await firstIsSeen.Task.WaitAsync(Stop);
            await call.SayFinishAsync();
            await call.SayUsageAsync();
            await call.SayAsync("[DONE]");
            await call.EndAsync();
        };

        string id;
        await using (var other = await AnotherGateway.StartAsync(
            Gateway, To(collector), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_EXPORTER_OTLP_HEADERS", "x-credential=of%20the%20collector"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")))
        {
            using var response = await SendAsync(
                other.Url, """{"model":"gpt-4","max_tokens":7,"messages":[{"role":"user","content":"Say hello!"}],"stream":true}""",
                ("traceparent", TraceParent), ("tracestate", "vendor=1"), ("baggage", "user=secret"));
            id = response.Headers.GetValues("X-Request-ID").Single();
            firstIsSeen.SetResult();
            (await ReadToEndAsync(response)).Text.Should().EndWith(Done);
        }

        collector.Requests.Should().OnlyContain(request => request.Credential == "of the collector");
        var server = collector.Spans.Should().ContainSingle(span => span.Kind == 2).Which;
        (server.Name, server.TraceId, server.Parent, server.TraceState, server.Status).Should()
            .Be(("POST /v1/chat/completions", TraceId, CallersSpan, "vendor=1", 0L));
        server.Resource.Should().Contain("service.name", "cleangateway").And.Contain("deployment.environment.name", "test").And.ContainKey("service.instance.id");
        server.Tags.Should().Contain(new Dictionary<string, object>
        {
            ["http.request.method"] = "POST", ["http.route"] = "/v1/chat/completions", ["http.response.status_code"] = 200L,
            ["cleangateway.request.id"] = id, ["cleangateway.key.id"] = key.ToString(), ["cleangateway.admission.outcome"] = "unlimited",
            ["cleangateway.outcome"] = "ok", ["cleangateway.cost.nanodollars"] = 450_000L,
        }).And.NotContainKeys("error.type", "url.path", "user_agent.original");

        var client = collector.Spans.Should().ContainSingle(span => span.Kind == 3).Which;
        (client.Name, client.TraceId, client.Parent, client.Status).Should().Be(("chat gpt-4", TraceId, server.Id, 0L));
        client.Tags.Should().Contain(new Dictionary<string, object>
        {
            ["gen_ai.operation.name"] = "chat", ["gen_ai.provider.name"] = "openai", ["gen_ai.request.model"] = "gpt-4",
            ["gen_ai.request.stream"] = true, ["gen_ai.request.max_tokens"] = 7L, ["gen_ai.response.model"] = "gpt-x-2026",
            ["gen_ai.response.id"] = "c1", ["gen_ai.response.finish_reasons"] = "stop", ["gen_ai.usage.input_tokens"] = 9L,
            ["gen_ai.usage.output_tokens"] = 3L, ["server.address"] = "127.0.0.1", ["server.port"] = (long)Upstream.Port,
            ["http.response.status_code"] = 200L, ["cleangateway.provider"] = "openai-main", ["cleangateway.key.id"] = key.ToString(),
        }).And.NotContainKeys("gen_ai.input.messages", "gen_ai.output.messages", "error.type");
        client.Tags["gen_ai.response.time_to_first_chunk"].Should().BeOfType<double>().Which.Should().BePositive();
        client.Start.Should().BeGreaterThanOrEqualTo(server.Start);
        client.End.Should().BeGreaterThan(client.Start).And.BeLessThanOrEqualTo(server.End);
        collector.Spans.Where(span => span.Kind == 1).Should().OnlyContain(span => span.Parent == server.Id && span.TraceId == TraceId)
            .And.Contain(span => span.Name == "cleangateway.journal.accept").And.Contain(span => span.Name == "cleangateway.journal.complete");

        Upstream.Request.Headers["traceparent"].Should().Be($"00-{TraceId}-{client.Id}-01");
        Upstream.Request.Headers["tracestate"].Should().Be("vendor=1");
        Upstream.Request.Headers.Should().NotContainKey("baggage");
        collector.Everything.Should().NotContain(Prompt).And.NotContain("user=secret");
    }

    [Fact]
    public async Task What_fails_says_of_which_sort_it_was_and_what_is_no_call_of_a_model_is_not_there()
    {
        await ServeToAKeyAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var other = await AnotherGateway.StartAsync(Gateway, To(collector)))
        {
            Upstream.Answer = call => call.RespondAsync(500, "");
            (await AskAsync(other.Url, Hello)).Status.Should().Be(502);
            Upstream.Answer = Stream(Events(Role, Word("Hel")));
            (await AskAsync(other.Url, HelloStream)).Text.Should().Contain("error");
            (await AskAsync(other.Url, Hello.Replace("gpt-4", "gpt-99", StringComparison.Ordinal))).Status.Should().Be(400);
            using var models = await Client(url: other.Url).GetAsync($"/v1/models?api_key={Key}", Stop);
            using var nothing = await Client(url: other.Url).GetAsync($"/{Key}", Stop);
            using var stranger = await Client("gw_nobody", other.Url).PostAsync("/v1/chat/completions", new StringContent("{}"), Stop);
        }

        collector.Spans.Where(span => span.Kind == 3).Select(span => (span.Name, span.Tags["error.type"], span.Tags["http.response.status_code"], span.Status))
            .Should().Equal(("chat gpt-4", "upstream_error", 500L, 2L), ("chat gpt-4", "upstream_truncated", 200L, 2L));
        collector.Spans.Where(span => span.Kind == 2)
            .Select(span => (span.Tags.GetValueOrDefault("error.type"), span.Tags.GetValueOrDefault("http.response.status_code"), span.Status))
            .Should().Equal(("upstream_error", 502L, 2L), ("upstream_truncated", null, 2L), ("unknown_model", 400L, 0L), (null, 401L, 0L));
        collector.Everything.Should().NotContain(Key);
    }

    [Theory]
    [InlineData("true", "full", false, true)]
    [InlineData("SPAN_ONLY", "full", true, true)]
    [InlineData("true", "metadata", false, false)]
    [InlineData("true", "none", true, false)]
    [InlineData("false", "full", true, false)]
    public async Task What_was_said_is_there_only_where_operator_and_key_have_it_so(string asked, string ofTheKey, bool stream, bool isThere)
    {
        await ServeToAKeyAsync();
        await SqlAsync("UPDATE api_keys SET log_content = $1", ofTheKey);
        await Gateway.SettledAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var other = await AnotherGateway.StartAsync(
            Gateway, To(collector), ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", asked)))
        {
            (await AskAsync(other.Url, stream ? HelloStream : Hello)).Status.Should().Be(200);
        }

        var client = collector.Spans.Single(span => span.Kind == 3);
        if (!isThere)
        {
            client.Tags.Should().NotContainKeys("gen_ai.input.messages", "gen_ai.output.messages");
            collector.Everything.Should().NotContain(Prompt).And.NotContain("Hello there");
            return;
        }

        client.Tags["gen_ai.input.messages"].Should().Be("""[{"role":"user","parts":[{"type":"text","content":"Say hello!"}]}]""");
        client.Tags["gen_ai.output.messages"].Should().Be(
            """[{"role":"assistant","parts":[{"type":"text","content":"Hello there"}],"finish_reason":"stop"}]""");
    }

    [Fact]
    public async Task Metrics_arrive_by_the_conventions_names_and_with_the_gateways_own()
    {
        await ServeToAKeyAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var other = await AnotherGateway.StartAsync(Gateway, To(collector)))
        {
            (await AskAsync(other.Url, HelloStream)).Status.Should().Be(200);
            Upstream.Answer = call => call.RespondAsync(500, "");
            (await AskAsync(other.Url, Hello)).Status.Should().Be(502);
        }

        var target = new Dictionary<string, object>
        {
            ["gen_ai.operation.name"] = "chat", ["gen_ai.provider.name"] = "openai", ["gen_ai.request.model"] = "gpt-4",
            ["server.address"] = "127.0.0.1", ["server.port"] = (long)Upstream.Port,
        };
        Points(collector, "gen_ai.client.operation.duration").Should().BeEquivalentTo([(1L, Text(target)), (1L, Text(target, ("error.type", "upstream_error")))]);
        Points(collector, "gen_ai.client.operation.time_to_first_chunk").Should().Equal((1L, Text(target)));
        Points(collector, "gen_ai.client.token.usage").Should()
            .BeEquivalentTo([(1L, Text(target, ("gen_ai.token.type", "input"))), (1L, Text(target, ("gen_ai.token.type", "output")))]);
        collector.Points.Where(point => point.Metric == "gen_ai.client.token.usage").Select(point => point.Sum).Should().BeEquivalentTo([9.0, 3.0]);
        collector.Points.Select(point => point.Metric).Should().Contain(["cleangateway.calls", "cleangateway.call.duration", "kestrel.active_connections"])
            .And.Contain(name => name.StartsWith("dotnet.", StringComparison.Ordinal)).And.Contain(name => name.StartsWith("db.client.", StringComparison.Ordinal));
    }

    private static IEnumerable<(long Count, string Tags)> Points(OtlpReceiver collector, string metric) =>
        collector.Points.Where(point => point.Metric == metric).Select(point => (point.Count, Text(point.Tags)));

    private static string Text(IEnumerable<KeyValuePair<string, object>> tags, params (string Name, object Value)[] more) => string.Join(
        ", ",
        tags.Concat(more.Select(tag => new KeyValuePair<string, object>(tag.Name, tag.Value))).OrderBy(tag => tag.Key, StringComparer.Ordinal)
            .Select(tag => string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={tag.Value}")));
}
