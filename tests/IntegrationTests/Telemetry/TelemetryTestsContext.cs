using System.Diagnostics;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Telemetry;

/// <summary>The trace a caller is in, where the gateway itself traces nothing or not this call.</summary>
public class TelemetryTestsContext(GatewayFixture gateway) : TelemetryTest(gateway)
{
    [Theory]
    [InlineData(TraceParent, "vendor=1,other=a=b, third@x=!~", "vendor=1,other=a=b, third@x=!~")]
    [InlineData($"00-{TraceId}-{CallersSpan}-00", null, null)]
    [InlineData(TraceParent, "no value", null)]
    [InlineData(TraceParent, "=x", null)]
    [InlineData(TraceParent, ",", null)]
    public async Task Goes_on_to_the_provider_as_it_came(string parent, string? state, string? passed)
    {
        await ServeToAKeyAsync();

        (await AskAsync(Gateway.Url, Hello, [("traceparent", parent), .. state is null ? [] : new[] { ("tracestate", state) }, ("baggage", "user=1")]))
            .Status.Should().Be(200);

        Upstream.Request.Headers["traceparent"].Should().Be(parent);
        Upstream.Request.Headers.GetValueOrDefault("tracestate").Should().Be(passed);
        Upstream.Request.Headers.Should().NotContainKey("baggage");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData($"ff-{TraceId}-{CallersSpan}-01")]
    [InlineData($"00-{TraceId}-{CallersSpan}")]
    [InlineData($"00-{TraceId}-0000000000000000-01")]
    [InlineData($"00-00000000000000000000000000000000-{CallersSpan}-01")]
    [InlineData($"00-4BF92F3577B34DA6A3CE929D0E0E4736-{CallersSpan}-01")]
    [InlineData(TraceParent + "0")]
    [InlineData($"00x{TraceId}x{CallersSpan}x01")]
    public async Task Goes_no_further_where_it_is_none(string parent)
    {
        await ServeToAKeyAsync();

        (await AskAsync(Gateway.Url, Hello, ("traceparent", parent), ("tracestate", "vendor=1"))).Status.Should().Be(200);

        Upstream.Request.Headers.Should().NotContainKeys("traceparent", "tracestate");
    }

    [Fact]
    public async Task A_call_that_its_caller_has_not_sampled_is_not_sent_to_the_collector()
    {
        await ServeToAKeyAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var other = await AnotherGateway.StartAsync(Gateway, To(collector)))
            (await AskAsync(other.Url, Hello, ("traceparent", $"00-{TraceId}-{CallersSpan}-00"))).Status.Should().Be(200);

        Upstream.Request.Headers["traceparent"].Should().StartWith($"00-{TraceId}-").And.EndWith("-00");
        collector.Spans.Should().BeEmpty();
    }

    [Fact]
    public async Task Nothing_is_made_for_traces_that_nobody_wants_also_where_there_is_a_log()
    {
        await ServeToAKeyAsync();
        await using var other = await AnotherGateway.StartAsync(Gateway, ("LOG_LEVEL", "critical"));
        var made = 0;
        void Count(object? sender, ActivityChangedEventArgs change) => Interlocked.Increment(ref made);
        Activity.CurrentChanged += Count;
        try
        {
            (await AskAsync(other.Url, HelloStream)).Status.Should().Be(200);
            using (new Activity("of the test").Start())
                made.Should().Be(1, "activities are seen");
        }
        finally
        {
            Activity.CurrentChanged -= Count;
        }

        made.Should().Be(2, "the test's own began and ended");
    }
}
