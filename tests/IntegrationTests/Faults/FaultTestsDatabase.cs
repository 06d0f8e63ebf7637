using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>PostgreSQL goes away in every way there is, and comes back.</summary>
public class FaultTestsDatabase(FaultServer server, GatewayFixture gateway) : FaultTestOfDatabase(server, gateway)
{
    [Fact]
    public Task Stopped_and_started() => DuringAsync(Server.StopAsync, Server.StartAsync);

    [Fact]
    public Task Killed_and_started() => DuringAsync(Server.KillAsync, Server.StartAsync);

    [Fact]
    public Task Frozen_and_thawed() => DuringAsync(Server.FreezeAsync, Server.ThawAsync);

    [Fact]
    public Task One_of_its_processes_killed_so_that_it_throws_all_out() => DuringAsync(
        async () => await Server.KillBackendAsync(await Database.ScalarAsync<int>(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'cleangateway' LIMIT 1")),
        () => Task.CompletedTask);

    [Fact]
    public async Task Locked_by_someone()
    {
        TableLock? held = null;
        await DuringAsync(
            async () => held = await TableLock.TakeExclusivelyAsync(Database.Source, "requests"),
            async () =>
            {
                await held!.ReleaseAsync();
                await held.DisposeAsync();
            });
    }

    [Fact]
    public async Task Too_many_connections()
    {
        var running = await ServeAsync();
        Callers.Begin(4);
        var hogs = new List<Npgsql.NpgsqlConnection>();
        Network.Refuses = true;
        Network.Reset();
        await TakeAllConnectionsAsync(hogs);
        Network.Refuses = false;

        await SaidAsync(running, "53300");
        await Callers.AnswersAsync(40);
        foreach (var hog in hogs)
            await hog.DisposeAsync();

        await EndsAsIfNothingHadBeenAsync(running);
    }

    /// <summary>What another transaction, an operator or a short breath can bring about is no judgement on the data.</summary>
    [Fact]
    public async Task Every_error_that_passes_is_waited_out()
    {
        var running = await ServeAsync();
        await Database.ExecuteAsync(
            """
            CREATE SEQUENCE faults;
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE codes text[] := ARRAY['40001', '40P01', '53200', '57014', '25006', 'XX000'];
                    now integer := nextval('faults');
            BEGIN
                IF now <= cardinality(codes) THEN
                    RAISE EXCEPTION 'Not now.' USING ERRCODE = codes[now];
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER fail BEFORE INSERT ON requests FOR EACH STATEMENT EXECUTE FUNCTION fail()
            """);
        Callers.Begin(4);

        await Callers.AnswersAsync(40);
        await EndsAsIfNothingHadBeenAsync(running);

        (await Database.ScalarAsync<long>("SELECT last_value FROM faults")).Should().BeGreaterThan(6);
    }

    private async Task DuringAsync(Func<Task> begin, Func<Task> end)
    {
        var running = await ServeAsync();
        Callers.Begin(4);
        await Callers.AnswersAsync(10);

        await begin();
        try
        {
            await Callers.AnswersAsync(60);
        }
        finally
        {
            await end();
        }

        await Callers.AnswersAsync(10);
        await EndsAsIfNothingHadBeenAsync(running);
    }

    private async Task TakeAllConnectionsAsync(List<Npgsql.NpgsqlConnection> hogs)
    {
        while (true)
        {
            var hog = new Npgsql.NpgsqlConnection(Server.Url.ToConnectionString().ConnectionString + ";Pooling=false");
            try
            {
                await hog.OpenAsync(Stop);
                hogs.Add(hog);
            }
            catch (Npgsql.PostgresException full) when (full.SqlState == Npgsql.PostgresErrorCodes.TooManyConnections)
            {
                await hog.DisposeAsync();
                return;
            }
        }
    }
}
