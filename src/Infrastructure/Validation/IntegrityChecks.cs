using System.Globalization;
using Npgsql;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>Whether the database keeps requests and responses together, and whether it has: over the log's latest days.</summary>
internal sealed class IntegrityChecks(ValidationRun run)
{
    // Of a big log only as many days as this allows are looked through; it is said how many that were.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(30);

    public IReadOnlyList<Func<CancellationToken, Task<ValidationCheck>>> All => [ForeignKeyAsync, OrphansAsync];

    private Task<ValidationCheck> ForeignKeyAsync(CancellationToken cancellationToken) => WithLogAsync(
        "foreign_key", "foreign key",
        async log =>
        {
            var (partitions, guarded) = await log.ForeignKeysAsync(cancellationToken);
            return partitions > 0 && partitions == guarded
                ? (ValidationVerdict.Passed, $"responses → requests holds in all {partitions} partitions of responses", null)
                : (ValidationVerdict.Failed,
                    $"responses → requests is guarded in {guarded} of {partitions} partitions of responses", run.Advice.NoForeignKey());
        });

    private Task<ValidationCheck> OrphansAsync(CancellationToken cancellationToken) => WithLogAsync(
        "orphans", "orphans",
        async log =>
        {
            var (found, days, all) = await CountAsync(log, cancellationToken);
            run.Figures = run.Figures with
            {
                Orphans = found.Orphans, Unanswered = found.Unanswered, RequestsLookedAt = found.Requests, DaysLookedAt = days,
            };
            var seen = string.Create(
                CultureInfo.InvariantCulture,
                $"{found.Orphans} responses without a request, "
                + $"{found.Unanswered} requests without a response; {found.Requests} requests of {days} days");
            if (found is { Orphan: { } orphan })
                seen += string.Create(CultureInfo.InvariantCulture, $"; requests.id {orphan} is missing, for example");
            else if (found is { UnansweredId: { } unanswered })
                seen += string.Create(CultureInfo.InvariantCulture, $"; requests.id {unanswered} has none, for example");

            return (found.Orphans + found.Unanswered > 0, all) switch
            {
                (true, _) => (ValidationVerdict.Failed, seen, run.Advice.Orphans()),
                (_, false) =>
                    (ValidationVerdict.Warning, $"{seen}; more would have taken longer than {Budget.TotalSeconds} s", ValidationAdvice.BigLog(days)),
                _ => (ValidationVerdict.Passed, seen, null),
            };
        });

    // Day by day, which is partition by partition: what is looked at is never more than one of them, and the newest come first.
    private async Task<(HalvesLook Found, int Days, bool All)> CountAsync(LogProbe log, CancellationToken cancellationToken)
    {
        var since = run.Clock.GetTimestamp();
        var today = DateOnly.FromDateTime(run.Clock.GetUtcNow().UtcDateTime);
        var first = await log.FirstDayAsync(cancellationToken) ?? today;
        var last = run.Target.Days == 0 ? first : today.AddDays(1 - run.Target.Days);
        if (last < first)
            last = first;

        var sum = new HalvesLook(0, 0, 0, null, null);
        var days = 0;
        for (var day = today; day >= last || days == 0; day = day.AddDays(-1), days++)
        {
            var left = Budget - run.Clock.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
                return (sum, days, All: false);

            try
            {
                // By another clock it may be tomorrow already.
                var look = await log.CountHalvesAsync(day, day == today ? null : day.AddDays(1), left, cancellationToken);
                sum = new HalvesLook(
                    sum.Requests + look.Requests, sum.Orphans + look.Orphans, sum.Unanswered + look.Unanswered,
                    sum.Orphan ?? look.Orphan, sum.UnansweredId ?? look.UnansweredId);
            }
            catch (PostgresException late) when (late.SqlState == PostgresErrorCodes.QueryCanceled)
            {
                return (sum, days, All: false);
            }
        }

        return (sum, days, All: true);
    }

    private async Task<ValidationCheck> WithLogAsync(
        string name, string title, Func<LogProbe, Task<(ValidationVerdict Verdict, string Seen, Advice? Advice)>> look)
    {
        if (run.Connection is null || run.Log is not { } log)
            return ValidationRun.NotTried(null, name, title, "The database cannot be read");

        try
        {
            var (verdict, seen, advice) = await look(log);
            var check = new ValidationCheck(null, name, title, verdict, seen, 0);
            return advice?.On(check) ?? check;
        }
        catch (Exception failure) when (DatabaseCheck.IsOfDatabase(failure))
        {
            return run.Advice.NoDatabase(failure)
                .On(new ValidationCheck(null, name, title, ValidationVerdict.Failed, DatabaseCheck.Reason(failure), 0));
        }
    }
}
