using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>The journal without a buffer: while its process lives, it loses and doubles nothing either.</summary>
public class FaultTestsDirect(FaultServer server, GatewayFixture gateway) : FaultTestOfDatabase(server, gateway)
{
    [Fact]
    public async Task Connections_that_die_and_commits_nobody_is_told_of()
    {
        const int Cuts = 4;
        var running = await ServeAsync(("LOG_BUFFER", "direct"));
        Callers.Begin(4);
        Network.CutCommits(Cuts);
        await Eventually.IsTrueAsync(() => Network.CommitsCut == Cuts, "commits were cut");

        for (var kill = 0; kill < 4; kill++)
        {
            await Callers.AnswersAsync(10);
            await Database.ExecuteAsync(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cleangateway'");
        }

        await Callers.AnswersAsync(10);
        await EndsEvenAsync(running);
        Books.Entries.Should().OnlyContain(call => call.Succeeded || call.WasNotLogged);
    }
}
