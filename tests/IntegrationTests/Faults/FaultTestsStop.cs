using System.Runtime.InteropServices;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>A gateway that is asked to stop in the middle of everything.</summary>
public class FaultTestsStop(GatewayFixture gateway) : FaultTest(gateway)
{
    [Fact]
    public async Task With_fifty_live_streams_some_finish_and_the_rest_are_told()
    {
        const int Streams = 50;
        var (begun, finish) = (0, new TaskCompletionSource());
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            await call.SayWordAsync("Hello");
            Interlocked.Increment(ref begun);
            if (call.Request.Body.Contains("held", StringComparison.Ordinal))
            {
                await call.HungUpAsync();
                return;
            }

            await finish.Task;
            await FaultUpstream.FinishAsync(call);
        };
        var running = await ServeAsync(("SHUTDOWN_TIMEOUT", "3s"));
        var calls = Enumerable.Range(0, Streams).Select(n => Callers.CallAsync(n % 2 == 0 ? $"held-{n}" : $"finishing-{n}", stream: true)).ToList();
        await Eventually.IsTrueAsync(() => begun == Streams, "all streams have begun");

        running.Signal(PosixSignal.SIGTERM);
        finish.SetResult();

        var ended = await Task.WhenAll(calls);
        (await running.EndedAsync()).Should().Be(0);
        ended.Where(call => call.Name.StartsWith("finishing", StringComparison.Ordinal)).Should().HaveCount(Streams / 2)
            .And.OnlyContain(call => call.Succeeded);
        ended.Where(call => call.Name.StartsWith("held", StringComparison.Ordinal)).Should().HaveCount(Streams / 2)
            .And.OnlyContain(call => call.Status == 200 && call.Text.Contains("\"code\":\"gateway_shutdown\"") && !call.Text.Contains("[DONE]"));
        var balance = await Books.CompareAsync();
        balance.IsEven.Should().BeTrue("{0}", balance);
        balance.Rows.Should().Be(Streams);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM responses WHERE outcome = 'shutdown'")).Should().Be(Streams / 2);
    }
}
