using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>PostgreSQL's disk is full.</summary>
public class FaultTestsDatabaseFull(FaultServer server, GatewayFixture gateway) : FaultTestOfDatabase(server, gateway)
{
    private readonly string tablespace = $"small_{Guid.NewGuid():N}";
    private SmallDisk? disk;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (disk is null)
            return;

        await Server.Database.ExecuteAsync($"DROP TABLESPACE {tablespace}", CancellationToken.None);
        disk.Dispose();
        Directory.Delete(MountPoint(tablespace));
    }

    [Fact]
    public async Task Its_disk_is_full_and_then_it_is_not()
    {
        Assert.SkipWhen(disk is null, "Only root can mount a small disk.");
        var running = await ServeAsync();
        Callers.Begin(4);
        await Callers.AnswersAsync(10);

        disk.Fill();
        await SaidAsync(running, "53100");
        await Callers.AnswersAsync(40);
        disk.MakeRoom();

        await EndsAsIfNothingHadBeenAsync(running);
    }

    private static string MountPoint(string name) => Path.Combine(Path.GetTempPath(), $"cleangateway-test-{name}");

    private protected override async Task<TestDatabase> CreateDatabaseAsync()
    {
        // Beside the test's folder, which is gone before the database is.
        var path = MountPoint(tablespace);
        disk = SmallDisk.Mount(path, mebibytes: 48, mode: 777);
        if (disk is null)
            return await base.CreateDatabaseAsync();

        var inside = Path.Combine(path, "tablespace");
        await (await PostgresAccount.FindAsync(Stop)).MakeFolderAsync(inside, Stop);
        await Server.Database.ExecuteAsync($"CREATE TABLESPACE {tablespace} LOCATION '{inside}'", Stop);
        return await TestDatabase.CreateAsync(Server.Database, Server.Url, $"TABLESPACE {tablespace}");
    }
}
