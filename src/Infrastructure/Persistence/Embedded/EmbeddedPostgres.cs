using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence.Embedded;

/// <summary>
/// The gateway's own PostgreSQL: SCRAM with a generated password, on loopback. It is kept running while the gateway
/// runs and stopped with it; one that outlived a killed gateway is found and taken over by the next.
/// </summary>
public sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    private const string SystemFolder = "/var/lib/cleangateway";
    private const string HomeFile = "postgres.home";
    private const string PasswordFile = "postgres.password";
    private const int StartAttempts = 3;
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(70);

    private readonly PostgresCluster cluster;
    private readonly PostgresPrograms programs;
    private readonly CancellationTokenSource stopping = new();
    private ILogger logger = NullLogger.Instance;
    private Task watching = Task.CompletedTask;
    private bool stopped;

    private EmbeddedPostgres(PostgresCluster cluster, PostgresPrograms programs, int port, string password)
    {
        this.cluster = cluster;
        this.programs = programs;
        Url = UrlFor(port, password);
    }

    /// <summary>How to reach it, password included.</summary>
    public DatabaseUrl Url { get; }

    /// <param name="say">Told, in a line each, what a user should know.</param>
    /// <exception cref="StartException">There is no PostgreSQL on this machine, or it cannot be started.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(GatewaySettings settings, Action<string> say, CancellationToken cancellationToken)
    {
        var account = await PostgresAccount.FindAsync(cancellationToken);
        var home = await FindHomeAsync(settings.DataDirectory, account, say, cancellationToken);
        var cluster = new PostgresCluster(home, account);
        var programs = await PostgresPrograms.FindAsync(
            settings.PostgresBin is { } folder ? Path.GetFullPath(folder) : null, cluster.Version, cancellationToken);

        var passwordPath = Path.Combine(settings.DataDirectory, PasswordFile);
        if (cluster.Version is not null && !File.Exists(passwordPath))
            throw new StartException($"The database in {cluster.Folder} was made with the password in {passwordPath}, and that file is gone");

        var password = (await new SecretFiles(settings.DataDirectory).ReadOrCreateAsync(
            PasswordFile, static () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)), cancellationToken)).Secret;

        if (cluster.Version is null)
        {
            say($"Making a private PostgreSQL {programs.Version} in {home}");
            await cluster.InitialiseAsync(programs, password, cancellationToken);
        }

        var port = await FindUsableAsync(cluster, password, cancellationToken);
        if (port is not null)
            say($"Taking over the private PostgreSQL that an earlier gateway left running on port {port}");

        return new EmbeddedPostgres(cluster, programs, port ?? await StartOnFreePortAsync(cluster, programs, say, cancellationToken), password);
    }

    /// <summary>The URL of the private PostgreSQL of this data folder, if it is running.</summary>
    public static async Task<DatabaseUrl?> FindRunningAsync(GatewaySettings settings, CancellationToken cancellationToken)
    {
        var passwordPath = Path.Combine(settings.DataDirectory, PasswordFile);
        if (!File.Exists(passwordPath))
            return null;

        var password = (await File.ReadAllTextAsync(passwordPath, cancellationToken)).Trim();
        var account = await PostgresAccount.FindAsync(cancellationToken);
        var cluster = new PostgresCluster(ReadHome(settings.DataDirectory), account);
        return cluster.FindRunning() is { } port ? UrlFor(port, password) : null;
    }

    /// <summary>From now on a server that dies is started again.</summary>
    public void Watch(ILogger<EmbeddedPostgres> watchLogger, TimeProvider clock)
    {
        logger = watchLogger;
        watching = WatchAsync(clock);
    }

    public async ValueTask DisposeAsync()
    {
        if (stopped)
            return;

        stopped = true;
        await stopping.CancelAsync();
        await watching;
        using var deadline = new CancellationTokenSource(StopDeadline);
        if (cluster.FindRunning() is not null)
            await cluster.StopAsync(programs, deadline.Token);

        stopping.Dispose();
    }

    private async Task WatchAsync(TimeProvider clock)
    {
        using var timer = new PeriodicTimer(WatchInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                if (cluster.FindRunning() is null)
                    await RestartAsync();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The gateway is stopping, and its database with it.
        }
    }

    private async Task RestartAsync()
    {
        LogGone();
        try
        {
            cluster.RemoveStalePidFile();
            await cluster.StartAsync(programs, Url.Port, stopping.Token);
            LogRestarted();
        }
        catch (StartException notYet)
        {
            LogNotRestarted(notYet.Message);   // the next tick tries again
        }
    }

    private static async Task<int> StartOnFreePortAsync(
        PostgresCluster cluster, PostgresPrograms programs, Action<string> say, CancellationToken cancellationToken)
    {
        if (cluster.RemoveStalePidFile())
            say("Removed the pid file of a PostgreSQL that is no longer running");

        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            try
            {
                // Not to be interrupted: the server that pg_ctl has begun to start would go on without it.
                await cluster.StartAsync(programs, port, CancellationToken.None);
            }
            catch (StartException) when (attempt < StartAttempts)
            {
                continue;   // someone else may have taken the port in between
            }

            if (!cancellationToken.IsCancellationRequested)
                return port;

            await cluster.StopAsync(programs, CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // One that is still recovering from a crash is waited for, and so is the end of one that is shutting down.
    private static async Task<int?> FindUsableAsync(PostgresCluster cluster, string password, CancellationToken cancellationToken)
    {
        using var patience = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (cluster.FindRunning() is { } port)
        {
            try
            {
                await using var connection = new NpgsqlConnection(UrlFor(port, password).ToConnectionString().ConnectionString + ";Pooling=false");
                await connection.OpenAsync(cancellationToken);
                return port;
            }
            catch (PostgresException refused) when (refused.SqlState != PostgresErrorCodes.CannotConnectNow)
            {
                throw new StartException($"The gateway's own PostgreSQL on port {port} refuses the gateway: {refused.MessageText}", refused);
            }
            catch (NpgsqlException)
            {
                await patience.WaitForNextTickAsync(cancellationToken);
            }
        }

        return null;
    }

    // Root's files are often out of other users' reach; then the cluster goes where system services keep their state,
    // and a file says where that is.
    private static async Task<string> FindHomeAsync(string dataDirectory, PostgresAccount account, Action<string> say, CancellationToken cancellationToken)
    {
        var home = ReadHome(dataDirectory);
        if (Directory.Exists(home))
            return home;

        await account.MakeFolderAsync(home, cancellationToken);
        if (await account.CanUseAsync(home, cancellationToken))
            return home;

        Directory.Delete(home);
        home = Path.Combine(SystemFolder, RandomNumberGenerator.GetHexString(16, lowercase: true));
        say($"The user {account.Name}, as whom PostgreSQL runs, cannot reach {dataDirectory}; the database goes to {home}");
        Directory.CreateDirectory(SystemFolder);
        await account.MakeFolderAsync(home, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(dataDirectory, HomeFile), home + "\n", cancellationToken);
        return home;
    }

    private static string ReadHome(string dataDirectory)
    {
        var elsewhere = Path.Combine(dataDirectory, HomeFile);
        return File.Exists(elsewhere) ? File.ReadAllText(elsewhere).Trim() : Path.Combine(dataDirectory, "postgres");
    }

    private static DatabaseUrl UrlFor(int port, string password) =>
        DatabaseUrl.For("127.0.0.1", port, PostgresCluster.User, password, PostgresCluster.Database);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LoggerMessage(LogLevel.Error, "The gateway's own PostgreSQL is gone; starting it again")]
    private partial void LogGone();

    [LoggerMessage(LogLevel.Information, "The gateway's own PostgreSQL is running again")]
    private partial void LogRestarted();

    [LoggerMessage(LogLevel.Error, "The gateway's own PostgreSQL could not be started: {Reason}")]
    private partial void LogNotRestarted(string reason);
}
