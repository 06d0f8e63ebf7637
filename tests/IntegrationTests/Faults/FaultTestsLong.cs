using System.Globalization;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>
/// Everything at random for as long as one likes: <c>build/faults.sh</c> runs it. Callers never stop; gateways are
/// killed, PostgreSQL is killed, frozen and away, commits are cut.
/// </summary>
public class FaultTestsLong(FaultServer server, GatewayFixture gateway) : FaultTestOfDatabase(server, gateway)
{
    private const int MostCallers = 6;
    private static readonly TimeSpan LongOutage = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BetweenOutages = TimeSpan.FromMinutes(4);

    // Where a gateway that is under load comes by with each call, and with each batch.
    private static readonly FaultPoint[] PointsOfCalls = [FaultPoint.BeforeAccept, FaultPoint.Accepted, FaultPoint.BeforeComplete, FaultPoint.Completed];
    private static readonly FaultPoint[] PointsOfBatches = [FaultPoint.BeforeCommit, FaultPoint.Committed, FaultPoint.Settled];

    private int kills;
    private int deathsAtPoints;
    private int outages;
    private int longOutages;

    [Fact(Explicit = true)]
    public async Task At_random_for_a_long_time()
    {
        var time = TimeSpan.FromMinutes(double.Parse(Environment.GetEnvironmentVariable("FAULTS_MINUTES") ?? "1", CultureInfo.InvariantCulture));
        var began = TimeProvider.System.GetTimestamp();
        Callers.Begin(MostCallers);
        for (var round = 0; TimeProvider.System.GetElapsedTime(began) < time; round++)
        {
            var elapsed = TimeProvider.System.GetElapsedTime(began);
            await RoundAsync(round, longOutage: elapsed > (longOutages * BetweenOutages) + TimeSpan.FromMinutes(1));
            Say($"{elapsed:mm\\:ss} calls {Books.Calls}, kills {kills}, at points {deathsAtPoints}, cuts {Network.CommitsCut}, outages {outages}");
        }

        var last = await ServeAsync();
        await Callers.AnswersAsync(10);
        await Callers.StopAsync();
        var balance = await BalanceAsync();
        (await last.StopAsync()).Should().Be(0);
        balance = balance.IsEven ? await Books.CompareAsync() : balance;

        Say($"{balance}");
        Say($"calls {balance.Calls}, turned away {balance.TurnedAway}, kills {kills + deathsAtPoints} ({deathsAtPoints} at fault points), cut commits {Network.CommitsCut}, " +
            $"outages {outages} ({longOutages} of 30 s), lost {balance.Lost}, duplicate {balance.Duplicate}, orphan {balance.Orphan}, " +
            $"sum differences {balance.SumDifferences}, contradictions {balance.Contradictions}");
        balance.IsEven.Should().BeTrue();
    }

    // One life of a gateway.
    private async Task RoundAsync(int round, bool longOutage)
    {
        var dies = round % 3 == 2;
        var running = dies ? StartDying() : Start(DatabaseUrl);
        await ServedAsync(running);
        if (!dies)
            await Callers.AnswersAsync(1);
        Network.CutCommits(Random.Next(2, 6));
        if (longOutage)
            await OutageAsync(long.MaxValue);
        else if (Random.Next(3) == 0)
            await OutageAsync(Random.Next(10, 200));

        if (dies)
        {
            await running.EndedAsync();
            deathsAtPoints++;
        }
        else
        {
            await Callers.AnswersAsync(Random.Next(20, 800));
            if (Random.Next(4) == 0)
                await Signals.SendAsync("TERM", running.Id);
            Callers.Gateway = null;
            await running.KillAsync();
            kills++;
        }

        Callers.Gateway = null;
    }

    private GatewayProcess StartDying() => Random.Next(2) == 0
        ? StartWithFault(Random.GetItems(PointsOfCalls, 1)[0], Random.Next(20, 400))
        : StartWithFault(Random.GetItems(PointsOfBatches, 1)[0], Random.Next(2, 30));

    /// <param name="calls">For how many calls it lasts; the gateway may die meanwhile. The largest number: for 30 s.</param>
    private async Task OutageAsync(long calls)
    {
        outages++;
        var (begin, end) = Random.Next(4) switch
        {
            0 => ((Func<Task>)Server.StopAsync, (Func<Task>)Server.StartAsync),
            1 => (Server.KillAsync, Server.StartAsync),
            2 => (Server.FreezeAsync, Server.ThawAsync),
            _ => (BlackHoleAsync, HealAsync),
        };
        await begin();
        var (since, goal) = (TimeProvider.System.GetTimestamp(), calls == long.MaxValue ? calls : Books.Calls + calls);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (Books.Calls < goal && TimeProvider.System.GetElapsedTime(since) < (calls == long.MaxValue ? LongOutage : LongOutage / 6))
            await timer.WaitForNextTickAsync(Stop);
        if (calls == long.MaxValue)
            longOutages++;

        await end();
    }

    private Task BlackHoleAsync()
    {
        Network.OpenBlackHole();
        return Task.CompletedTask;
    }

    private Task HealAsync()
    {
        Network.CloseBlackHole();
        return Task.CompletedTask;
    }

    private async Task<Balance> BalanceAsync()
    {
        try
        {
            return await Books.BalancedAsync();
        }
        catch (TimeoutException)
        {
            return await Books.CompareAsync();
        }
    }

    private static void Say(string line) => Console.WriteLine(line);
}
