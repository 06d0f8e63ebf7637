using System.Runtime.CompilerServices;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>
/// Shows that a gateway works, from a call to its rows: the documents' five checks, then what they promise in figures. It
/// writes nothing but the calls that it makes; <c>docs/validation.md</c> says what fails it.
/// </summary>
public sealed class GatewayValidation : IAsyncDisposable
{
    private readonly ValidationTarget target;
    private readonly IReadOnlyList<string> notes;
    private readonly TimeProvider clock;
    private readonly DateTimeOffset startedAt;
    private readonly GatewayProbe gateway;
    private readonly LogProbe? log;
    private readonly List<ValidationCheck> checks = [];
    private readonly ValidationRun run;

    /// <param name="notes">Lines for the report.</param>
    public GatewayValidation(ValidationTarget target, IReadOnlyList<string> notes, TimeProvider clock)
    {
        (this.target, this.notes, this.clock) = (target, notes, clock);
        startedAt = clock.GetUtcNow();
        gateway = new GatewayProbe(target, clock);
        log = target.Database is { } url ? new LogProbe(url) : null;
        run = new ValidationRun(target, gateway, log, clock);
    }

    /// <summary>What has come of it so far.</summary>
    public ValidationReport Report => new(
        startedAt, target.BaseUrl.ToString(), target.Database?.ToString(), target.Model,
        checks.All(check => check.Verdict != ValidationVerdict.Failed), notes, [.. checks], run.Figures);

    /// <summary>What was seen besides, for evidence.</summary>
    internal ValidationRun Run => run;

    internal ValidationTarget Target => target;

    /// <summary>Service up, database connected, a call answered, its rows there, the join between them.</summary>
    public IAsyncEnumerable<ValidationCheck> FiveChecksAsync(CancellationToken cancellationToken) =>
        AllAsync([new ServiceCheck(run).RunAsync, new DatabaseCheck(run).RunAsync, .. new CallChecks(run).All], cancellationToken);

    /// <summary>Calls made to measure, what logging cost them, whether all are in the log, and whether the log is whole.</summary>
    public IAsyncEnumerable<ValidationCheck> FiguresAsync(CancellationToken cancellationToken) =>
        AllAsync([.. new SeriesChecks(run).All, .. new IntegrityChecks(run).All], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        gateway.Dispose();
        if (log is not null)
            await log.DisposeAsync();
    }

    private async IAsyncEnumerable<ValidationCheck> AllAsync(
        IReadOnlyList<Func<CancellationToken, Task<ValidationCheck>>> tries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var attempt in tries)
        {
            var since = clock.GetTimestamp();
            var check = await attempt(cancellationToken) with { DurationMs = Math.Round(clock.GetElapsedTime(since).TotalMilliseconds, 1) };
            checks.Add(check);
            yield return check;
        }
    }
}
