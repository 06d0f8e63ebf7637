using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using CleanGateway.Infrastructure.Persistence.Embedded;
using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// A data folder with a private PostgreSQL in it, as a first start of the program leaves it. Making one takes seconds,
/// so that tests share it, one gateway at a time.
/// </summary>
public sealed class PrivateGateway : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();

    /// <summary>What the first start printed, both outputs.</summary>
    internal IReadOnlyList<string> FirstWords { get; private set; } = [];

    /// <summary>Where it listened.</summary>
    internal Uri FirstUrl { get; private set; } = null!;

    /// <summary>What it answered to the first chat, by the demo key, of <c>Guten Morgen!</c>.</summary>
    internal HttpResponseMessage FirstAnswer { get; private set; } = null!;

    /// <summary>The working folder; <c>DATA_DIR</c> is not set.</summary>
    internal string Folder => folder.Path;

    internal string DataFolder => Path.Combine(Folder, "data");
    internal string AdminToken => ReadSecret("admin.token");
    internal string DemoKey => ReadSecret("demo.key");

    /// <summary>Runs the gateway on it.</summary>
    internal GatewayProcess Start(params (string Name, string Value)[] environment) => GatewayProcess.Start(Folder, [], environment);

    public async ValueTask InitializeAsync()
    {
        await using var gateway = Start();
        FirstUrl = await gateway.ListeningAsync();
        using (var http = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", DemoKey) } })
        {
            using var question = new StringContent(
                """{"model":"echo","messages":[{"role":"user","content":"Guten Morgen!"}]}""", Encoding.UTF8, "application/json");
            FirstAnswer = await http.PostAsync(new Uri(FirstUrl, "/v1/chat/completions"), question);
        }

        await gateway.StopAsync();
        FirstWords = [.. gateway.Output, .. gateway.Errors];
    }

    public async ValueTask DisposeAsync()
    {
        FirstAnswer.Dispose();
        await StopServerAsync(DataFolder);
        folder.Dispose();
    }

    internal string ReadSecret(string file) => File.ReadAllText(Path.Combine(DataFolder, file)).Trim();

    /// <summary>The private database of the gateway that runs now.</summary>
    internal async Task<NpgsqlDataSource> OpenDatabaseAsync()
    {
        var url = await EmbeddedPostgres.FindRunningAsync(TestSettings.Read(DataFolder), CancellationToken.None);
        return NpgsqlDataSource.Create(url!.ToConnectionString().ConnectionString + ";Pooling=false");
    }

    /// <summary>The process id of its server; null when none runs.</summary>
    internal static int? ServerId(string dataFolder)
    {
        var pidFile = Path.Combine(Home(dataFolder), "cluster", "postmaster.pid");
        return File.Exists(pidFile) && File.ReadLines(pidFile).FirstOrDefault() is { } id && IsRunning(id) ? int.Parse(id, CultureInfo.InvariantCulture) : null;
    }

    // One that has ended stays listed until its parent asks after it.
    private static bool IsRunning(string id)
    {
        try
        {
            return !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Stops a private PostgreSQL that a gateway was not there to stop.</summary>
    internal static async Task StopServerAsync(string dataFolder)
    {
        var cluster = new PostgresCluster(Home(dataFolder), await PostgresAccount.FindAsync(CancellationToken.None));
        if (cluster.FindRunning() is not null)
            await cluster.StopAsync(await PostgresPrograms.FindAsync(folder: null, cluster.Version, CancellationToken.None), CancellationToken.None);
    }

    internal static string Home(string dataFolder)
    {
        var elsewhere = Path.Combine(dataFolder, "postgres.home");
        return File.Exists(elsewhere) ? File.ReadAllText(elsewhere).Trim() : Path.Combine(dataFolder, "postgres");
    }
}

/// <summary>Tests that share the private gateway.</summary>
[CollectionDefinition(Name)]
public sealed class PrivateGatewayCollection : ICollectionFixture<PrivateGateway>
{
    public const string Name = "private gateway";
}
