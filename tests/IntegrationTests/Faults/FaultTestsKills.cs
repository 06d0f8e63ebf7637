using CleanGateway.Infrastructure.Journal;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>Gateways that are killed: what was under way is told by the next, and nothing is lost or there twice.</summary>
public class FaultTestsKills(GatewayFixture gateway) : FaultTest(gateway)
{
    /// <summary>Each gateway recovers what the one before it has left, and dies at another point.</summary>
    [Fact]
    public async Task Killed_at_every_point_of_a_record_s_way()
    {
        Callers.Begin(4);
        var heldCalls = new List<Task<CallersEntry>>();
        foreach (var point in Enum.GetValues<FaultPoint>())
        {
            var dying = StartWithFault(point, point is FaultPoint.Recovered or FaultPoint.BeforeCrashed ? 1 : Random.Next(4, 12));
            if (point is not (FaultPoint.Recovered or FaultPoint.BeforeCrashed))
            {
                await ServedAsync(dying);
                heldCalls.Add(Callers.CallAsync($"{FaultUpstream.Held}-{point}", stream: heldCalls.Count % 2 == 0));
            }

            (await dying.EndedAsync()).Should().Be(137, "{0} kills", point);
            Callers.Gateway = null;
        }

        var last = await ServeAsync();
        await Callers.AnswersAsync(10);
        var balance = await EndsEvenAsync(last);

        (await Task.WhenAll(heldCalls)).Should().OnlyContain(call => call.Broke, "nobody was told of success");
        balance.Crashed.Should().BePositive();
    }

    [Fact]
    public async Task Killed_at_random_under_load()
    {
        Callers.Begin(8);
        for (var kill = 0; kill < 4; kill++)
        {
            var running = await ServeAsync();
            await Callers.AnswersAsync(Random.Next(20, 150));
            if (kill == 2)
                await Signals.SendAsync("TERM", running.Id);   // and whoever sent it has no patience

            Callers.Gateway = null;
            await running.KillAsync();
        }

        var last = await ServeAsync();
        await Callers.AnswersAsync(10);
        (await EndsEvenAsync(last)).Succeeded.Should().BeGreaterThan(90);
    }

    [Fact]
    public async Task Frozen_under_load_and_going_on()
    {
        var running = await ServeAsync();
        Callers.Begin(4);
        for (var freeze = 0; freeze < 3; freeze++)
        {
            await Callers.AnswersAsync(20);
            await Signals.SendAsync("STOP", running.Id);
            await Eventually.IsTrueAsync(() => Books.Entries.Count(call => !call.IsOver) == 4, "all callers wait");
            await Signals.SendAsync("CONT", running.Id);
        }

        await Callers.AnswersAsync(20);
        (await EndsEvenAsync(running)).Crashed.Should().Be(0);
    }

    /// <summary>Whatever the shipper had not expected, it goes on with what it was about to do.</summary>
    [Theory]
    [InlineData(nameof(FaultPoint.BeforeCommit))]
    [InlineData(nameof(FaultPoint.Committed))]
    public async Task An_exception_nobody_expects_in_the_shipper(string point)
    {
        var running = StartWithFault(Enum.Parse<FaultPoint>(point), time: 2, "throw");
        await ServedAsync(running);
        Callers.Begin(4);

        await Callers.AnswersAsync(100);

        (await EndsEvenAsync(running)).Crashed.Should().Be(0);
        running.Output.Should().Contain(line => line.Contains($"A fault at {point}", StringComparison.Ordinal));
    }
}
