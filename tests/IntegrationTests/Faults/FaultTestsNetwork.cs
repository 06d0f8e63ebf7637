using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>The way to PostgreSQL is bad.</summary>
public class FaultTestsNetwork(FaultServer server, GatewayFixture gateway) : FaultTestOfDatabase(server, gateway)
{
    /// <summary>The rows are there, and nobody was told: they are written again, and count once.</summary>
    [Fact]
    public async Task Cut_between_commits_and_their_replies()
    {
        const int Cuts = 8;
        var running = await ServeAsync();
        Callers.Begin(4);
        for (var cut = 1; cut <= Cuts; cut++)
        {
            Network.CutCommits(1);
            await Eventually.IsTrueAsync(() => Network.CommitsCut == cut, "a commit was cut");
            await Callers.AnswersAsync(5);
        }

        await EndsAsIfNothingHadBeenAsync(running);
    }

    [Fact]
    public async Task Swallowed_by_a_black_hole()
    {
        var running = await ServeAsync();
        Callers.Begin(2);
        await Callers.AnswersAsync(10);

        Network.OpenBlackHole();
        await Callers.AnswersAsync(10);
        await SaidAsync(running, "could not be written to the database");
        await Callers.AnswersAsync(10);
        Network.CloseBlackHole();

        await EndsAsIfNothingHadBeenAsync(running);
    }

    [Fact]
    public async Task Reset_and_cut_short_again_and_again()
    {
        var running = await ServeAsync();
        Callers.Begin(4);
        for (var round = 0; round < 10; round++)
        {
            await Callers.AnswersAsync(5);
            Network.CutsAfter = round % 2 == 0 ? null : Random.Next(1, 2000);
            Network.Reset();
            await Callers.AnswersAsync(5);
            Network.Cut();
        }

        Network.Heal();
        Network.Reset();
        await EndsAsIfNothingHadBeenAsync(running);
    }

    [Fact]
    public async Task Slow()
    {
        var running = await ServeAsync();
        Callers.Begin(4);
        (Network.Latency, Network.BytesPerSecond) = (TimeSpan.FromMilliseconds(200), 50_000);

        await Callers.AnswersAsync(100);
        Network.Heal();

        await EndsAsIfNothingHadBeenAsync(running);
    }
}
