using System.Globalization;
using System.Net;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>
/// What tests of faults have in common: a database, an upstream and callers of their own, gateways in processes, and
/// three books that must agree in the end. Set FAULTS_SEED to repeat a run; every test prints its seed.
/// </summary>
public abstract class FaultTest(GatewayFixture gateway) : ProcessTest
{
    /// <summary>The gateway with a fault in it.</summary>
    private static readonly string FaultyProgram = Path.Combine(AppContext.BaseDirectory, "CleanGateway.FaultHost");

    private readonly List<GatewayProcess> faulty = [];
    private bool served;

    private protected GatewayFixture Gateway => gateway;
    private protected TestDatabase Database { get; private set; } = null!;
    private protected FakeUpstream Upstream { get; } = new() { Answer = FaultUpstream.AnswerAsync };
    private protected ThreeBooks Books { get; private set; } = null!;
    private protected Callers Callers { get; private set; } = null!;

    /// <summary>Where the gateways find the database.</summary>
    private protected virtual Infrastructure.Configuration.DatabaseUrl DatabaseUrl => Database.Url;

    protected Random Random { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var seed = int.TryParse(Environment.GetEnvironmentVariable("FAULTS_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"FAULTS_SEED={seed}");
        Random = new Random(seed);
        Database = await CreateDatabaseAsync();
        Books = new ThreeBooks(Upstream, Database.Source);
        Callers = new Callers(Books, Key);
    }

    public override async ValueTask DisposeAsync()
    {
        await Callers.DisposeAsync();
        foreach (var process in faulty)
            await process.DisposeAsync();

        await base.DisposeAsync();
        await Database.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    private protected virtual Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.CreateAsync(gateway);

    /// <summary>Runs a gateway and lets the callers call it, as soon as it serves the model.</summary>
    private protected async Task<GatewayProcess> ServeAsync(params (string Name, string Value)[] environment)
    {
        var running = Start(DatabaseUrl, environment);
        await ServedAsync(running);
        return running;
    }

    /// <summary>Runs a gateway that meets a fault when it has come to a point for the given time.</summary>
    private protected GatewayProcess StartWithFault(FaultPoint point, int time, string fault = "kill")
    {
        var process = GatewayProcess.StartProgram(
            FaultyProgram, Folder, [point.ToString(), time.ToString(CultureInfo.InvariantCulture), fault],
            ("DATABASE_URL", DatabaseUrl.Reveal()), ("GATEWAY_MASTER_KEY", TestSettings.MasterKey));
        faulty.Add(process);
        return process;
    }

    private protected async Task ServedAsync(GatewayProcess running)
    {
        var url = await running.ListeningAsync();
        if (!served)
        {
            await ConfigureAsync(url);
            served = true;
        }

        Callers.Gateway = url;
    }

    // Afterwards the gateway knows of no newer configuration, and what it has in its cache is of that one: so it can do
    // without the database from here on.
    private async Task ConfigureAsync(Uri url)
    {
        await Database.ServeAsync(Upstream);
        await Eventually.IsTrueAsync(
            () => Database.ScalarAsync<bool>("SELECT encrypted_credentials NOT LIKE '%sk-upstream%' FROM providers WHERE name = 'openai-main'"),
            "the credentials are sealed");
        await Database.IssueKeyAsync(Key);
        await Database.ExecuteAsync("INSERT INTO models (model_name, litellm_provider) VALUES ('newest', 'openai')");
        await Eventually.IsTrueAsync(() => IsServedAsync(url), "the models are served");
        (await IsServedAsync(url)).Should().BeTrue();
    }

    private async Task<bool> IsServedAsync(Uri url)
    {
        using var model = await GetAsync(url, "/v1/models/newest", Key);
        return model.StatusCode == HttpStatusCode.OK;
    }

    /// <summary>The books agree now, and still do when the gateway has stopped in order.</summary>
    private protected async Task<Balance> EndsEvenAsync(GatewayProcess running)
    {
        await Callers.StopAsync();
        await Books.BalancedAsync();
        (await running.StopAsync()).Should().Be(0);
        var balance = await Books.CompareAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(balance.ToString());
        balance.IsEven.Should().BeTrue("{0}", balance);
        return balance;
    }

    /// <summary>A call that the upstream never answers, and that has come there.</summary>
    private protected async Task<Task<CallersEntry>> HoldAsync(string name, bool stream)
    {
        var user = $"{FaultUpstream.Held}-{name}";
        var call = Callers.CallAsync(user, stream);
        await Eventually.IsTrueAsync(
            () => Upstream.Requests.Any(request => request.Body.Contains($"\"{user}\"", StringComparison.Ordinal)), "the call is upstream");
        return call;
    }

    private protected static Task SaidAsync(GatewayProcess running, string words) =>
        Eventually.IsTrueAsync(() => running.Output.Any(line => line.Contains(words, StringComparison.Ordinal)), $"the log says {words}");
}
