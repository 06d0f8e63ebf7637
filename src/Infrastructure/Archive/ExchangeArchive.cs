using System.Diagnostics.Metrics;
using System.IO.Compression;
using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>
/// Takes exchanges from the journal once they are in the database, and sends them to a store, an hour's at a time, as often
/// as that takes. The journal waits for the gateway's own disk only, never for the store.
/// </summary>
internal sealed partial class ExchangeArchive : BackgroundService, IExchangeArchive
{
    // How long it takes to notice that an hour is over where the clock was set, or the machine asleep.
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SendingGrace = TimeSpan.FromSeconds(5);

    private readonly GatewaySettings settings;
    private readonly IArchiveStore store;
    private readonly TimeProvider clock;
    private readonly ILogger<ExchangeArchive> logger;
    private readonly Counter<long> sent;
    private readonly Counter<long> failures;
    private readonly CancellationTokenSource draining = new();
    private ArchiveStaging? staging;
    private (StagedFile? File, long Lines) compressed;

    public ExchangeArchive(GatewaySettings settings, IArchiveStore store, IMeterFactory meters, TimeProvider clock, ILogger<ExchangeArchive> logger)
    {
        (this.settings, this.store, this.clock, this.logger) = (settings, store, clock, logger);
        var meter = meters.Create(GatewayMetrics.MeterName);
        sent = meter.CreateCounter<long>("cleangateway.archive.exchanges", "{exchange}", "Exchanges sent to the archive, those sent again among them");
        failures = meter.CreateCounter<long>("cleangateway.archive.failures", "{attempt}", "Attempts to send a file to the archive that failed");
        sent.Add(0);   // counters that begin with the first they count hide it
        failures.Add(0);
        meter.CreateObservableGauge("cleangateway.archive.staged", () => staging?.Bytes ?? 0, "By", "Bytes that wait on the gateway's disk for the archive");
        meter.CreateObservableGauge("cleangateway.archive.age", () => Age().TotalSeconds, "s", "How long the oldest of them have been waiting");
        meter.CreateObservableGauge(
            "cleangateway.archive.full", () => staging is { IsFull: true } ? 1 : 0,
            description: "1 while the archive takes nothing, and records wait in the journal; an alarm");
    }

    public ValueTask AppendAsync(IReadOnlyList<ExchangeRow> rows, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var lines = new List<ReadOnlyMemory<byte>>(rows.Count * 5);
        foreach (var row in rows)
            ArchiveLine.Add(lines, row);

        if (staging is null)
            throw new IOException("The archive is not open.");

        staging.Append(lines);
        return ValueTask.CompletedTask;
    }

    /// <summary>Finds what an earlier process has left, before the journal brings more.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        staging = ArchiveStaging.Open(
            Path.Combine(settings.DataDirectory, ArchiveStaging.Name), StagedFile.ReplicaOf(Environment.MachineName),
            StagingLimits.Of(settings, settings.Archive!), clock, logger);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Sends what there is, as long as the grace lasts; the rest is the next start's.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        staging?.SealAll();
        await draining.CancelAsync();
        if (ExecuteTask is { } sending)
            await sending.WaitAsync(SendingGrace, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        staging?.Dispose();
        draining.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = ShortestPause;
        StagedFile? passedOver = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            staging!.SealWhatIsOver();
            if (staging.NextSealed(passedOver) is { } file)
            {
                var attempt = await TrySendAsync(file, stoppingToken);
                passedOver = attempt == Attempt.Failed ? file : null;
                pause = attempt == Attempt.Sent ? ShortestPause : await PauseAsync(pause, stoppingToken);
            }
            else if (draining.IsCancellationRequested)
            {
                return;
            }
            else
            {
                await RestAsync();
            }
        }
    }

    private async Task RestAsync()
    {
        var now = clock.GetUtcNow();
        var hour = StagedFile.HourOf(now).AddHours(1) - now;
        using var over = new CancellationTokenSource(hour < LongestRest ? hour : LongestRest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, draining.Token);
        await staging!.NewsAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<Attempt> TrySendAsync(StagedFile file, CancellationToken stoppingToken)
    {
        try
        {
            if (compressed.File != file)
                compressed = (file, await CompressAsync(file, stoppingToken));

            await store.PutAsync(file.Name, file.CompressedPath, stoppingToken);
            staging!.Remove(file);
            sent.Add(compressed.Lines);
            LogSent(file.Name, compressed.Lines);
            return Attempt.Sent;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return Attempt.Refused;   // its lines are still here
        }
        catch (ArchiveStoreException refusal)
        {
            failures.Add(1);
            LogNotSent(file.Name, refusal.Message);
            return Attempt.Refused;
        }
        catch (Exception failure)
        {
            failures.Add(1);
            compressed = default;
            LogFailed(failure, file.Name);
            return Attempt.Failed;
        }
    }

    // Asked to stop, it tries at once what it was waiting to try again.
    private async Task<TimeSpan> PauseAsync(TimeSpan pause, CancellationToken stoppingToken)
    {
        var until = draining.IsCancellationRequested ? stoppingToken : draining.Token;
        await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), clock, until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
    }

    /// <returns>How many lines there are.</returns>
    private static async Task<long> CompressAsync(StagedFile file, CancellationToken cancellationToken)
    {
        await using var source = File.OpenRead(file.Path);
        await using var target = new FileStream(
            file.CompressedPath,
            new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        await using var gzip = new GZipStream(target, CompressionLevel.Optimal);
        var buffer = new byte[256 * 1024];
        var lines = 0L;
        while (await source.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
            await gzip.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        return lines;
    }

    private TimeSpan Age() => staging?.Oldest is { } since && clock.GetUtcNow() - since is var age && age > TimeSpan.Zero ? age : TimeSpan.Zero;

    [LoggerMessage(LogLevel.Information, "{Name} is in the archive, {Lines} lines")]
    private partial void LogSent(string name, long lines);

    [LoggerMessage(LogLevel.Error, "{Name} could not be sent to the archive ({Reason}); trying again until it is there")]
    private partial void LogNotSent(string name, string reason);

    [LoggerMessage(LogLevel.Error, "{Name} could not be sent to the archive; trying again until it is there")]
    private partial void LogFailed(Exception exception, string name);

    private enum Attempt
    {
        Sent,

        /// <summary>By the store, which would refuse the next file too.</summary>
        Refused,

        /// <summary>On this machine, which may be a matter of this one file: it is passed over, and keeps no other waiting.</summary>
        Failed,
    }
}
