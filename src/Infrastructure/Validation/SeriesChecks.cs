using System.Globalization;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>
/// Calls one after the other: whether all are answered, what logging cost each, whether all of them are in the log, and how
/// well the gateway reused its connections meanwhile.
/// </summary>
internal sealed class SeriesChecks(ValidationRun run)
{
    // Of fewer connections asked for, one that had to be made would already be too many.
    private const long EnoughToJudge = 100;
    private const decimal ReuseTarget = 0.95m;
    private const int Shown = 3;

    private readonly HashSet<RequestId> ids = [];
    private readonly List<HttpLook> answered = [];
    private PoolLook? before;
    private PoolLook? after;
    private string? noPool;
    private long lastAnswer;

    // Answered with 200, and without an id of their own: nobody can look for their rows.
    private int unnamed;

    public IReadOnlyList<Func<CancellationToken, Task<ValidationCheck>>> All => [CallsAsync, OverheadAsync, LostAsync, ReuseAsync];

    private int Calls => run.Target.Calls;

    private async Task<ValidationCheck> CallsAsync(CancellationToken cancellationToken)
    {
        const string Name = "calls";
        var title = $"{Calls} calls";
        if (run.CallId is null || Calls == 0)
            return ValidationRun.NotTried(null, Name, title, Calls == 0 ? "--calls is 0" : "The first call was not answered");

        before = await PoolAsync(cancellationToken);
        var others = new List<string>();
        HttpLook? refused = null;
        for (var made = 0; made < Calls; made++)
        {
            try
            {
                var call = await run.Gateway.CallAsync(cancellationToken);
                lastAnswer = run.Clock.GetTimestamp();
                var named = call.RequestId is { } text && RequestId.TryParse(text, out var id) && id != run.CallId && ids.Add(id);
                if (call.Status == 200 && !named)
                    unnamed++;
                if (call.Status == 200)
                    answered.Add(call);
                if (call.Status != 200)
                {
                    refused = call;
                    Note(others, $"{call.Status} {CallChecks.ErrorOf(call)}");
                }
            }
            catch (Exception silent) when (silent is HttpRequestException or TimeoutException)
            {
                Note(others, silent.GetBaseException().Message);
            }
        }

        after = await PoolAsync(cancellationToken);
        run.Figures = run.Figures with
        {
            CallsAnswered = answered.Count,
            OverheadMs = Percentiles.Of(answered.Select(call => call.OverheadMs).OfType<double>()),
            LatencyMs = Percentiles.Of(answered.Select(call => call.LatencyMs).OfType<double>()),
        };
        var seen = $"{answered.Count} of {Calls} answered with 200" + (run.Figures.LatencyMs is { } took ? $"; X-Total-Latency {Text(took)}" : "");
        return others.Count == 0
            ? ValidationRun.Passed(null, Name, title, seen)
            : run.Advice.Refused(refused?.Status ?? 0, code: null, ofSeries: true)
                .On(new ValidationCheck(null, Name, title, ValidationVerdict.Failed, $"{seen}; others: {string.Join("; ", others)}", 0));
    }

    private Task<ValidationCheck> OverheadAsync(CancellationToken cancellationToken)
    {
        const string Name = "overhead";
        const string Title = "logging overhead";
        if (answered.Count == 0)
            return Task.FromResult(ValidationRun.NotTried(null, Name, Title, "No call was measured"));

        var measured = $"{run.Figures.OverheadMs?.Count ?? 0} of {answered.Count} answers carry X-DB-Overhead";
        if (run.Figures.OverheadMs is not { } overhead)
        {
            return Task.FromResult(run.Advice.HiddenHeaders().On(
                new ValidationCheck(null, Name, Title, ValidationVerdict.Failed, $"{measured}: it was not measured", 0)));
        }

        var target = run.Target.OverheadTargetMs;
        var seen = $"{Text(overhead)}; the target is under {target.ToString(CultureInfo.InvariantCulture)} ms";
        var verdict = JudgeOverhead(overhead, target, answered.Count);
        var check = new ValidationCheck(null, Name, Title, verdict, overhead.Count < answered.Count ? $"{seen}; only {measured}" : seen, 0);
        return Task.FromResult(
            verdict == ValidationVerdict.Passed ? check
            : verdict == JudgeOverhead(overhead, target, overhead.Count) ? ValidationAdvice.SlowLog().On(check)
            : run.Advice.HiddenHeaders().On(check));
    }

    // The typical call decides: a busy moment of the machine is enough for a few slow ones. Calls that tell nothing of
    // themselves may be the slow ones.
    internal static ValidationVerdict JudgeOverhead(Percentiles overhead, double target, int answers) =>
        overhead.P50 >= target ? ValidationVerdict.Failed
        : overhead.P99 >= target || overhead.Count < answers ? ValidationVerdict.Warning
        : ValidationVerdict.Passed;

    private async Task<ValidationCheck> LostAsync(CancellationToken cancellationToken)
    {
        const string Name = "no_row_lost";
        const string Title = "no row lost";
        if (ids.Count == 0 && unnamed == 0)
            return ValidationRun.NotTried(null, Name, Title, "No call was measured");
        if (run.Connection is null || run.Log is not { } log)
            return ValidationRun.NotTried(null, Name, Title, "The database cannot be read");

        try
        {
            var found = await log.FindAllAsync([.. ids], run.Target.Patience, run.Clock, cancellationToken);
            var after = run.Clock.GetElapsedTime(lastAnswer).TotalMilliseconds;
            run.Figures = run.Figures with { CallsInLog = found.Count, AllVisibleAfterMs = Math.Round(after, 1) };
            var missing = ids.Where(id => !found.Contains(id.Value)).ToList();
            var seen = string.Create(
                CultureInfo.InvariantCulture,
                $"{found.Count} of {ids.Count + unnamed} calls are in requests and responses, {after:0.##} ms after the last answer");
            if (missing.Count == 0 && unnamed > 0)
            {
                return run.Advice.HiddenHeaders().On(new ValidationCheck(
                    null, Name, Title, ValidationVerdict.Failed,
                    $"{seen}; {unnamed} answers carried no X-Request-ID of their own, so that nobody knows whether theirs are", 0));
            }

            return missing.Count == 0
                ? ValidationRun.Passed(null, Name, Title, seen)
                : run.Advice.MissingRows(missing[0]).On(new ValidationCheck(
                    null, Name, Title, ValidationVerdict.Failed,
                    $"{seen}; missing: {string.Join(", ", missing.Take(Shown))}{(missing.Count > Shown ? " …" : "")}", 0));
        }
        catch (Exception failure) when (DatabaseCheck.IsOfDatabase(failure))
        {
            return run.Advice.NoDatabase(failure)
                .On(new ValidationCheck(null, Name, Title, ValidationVerdict.Failed, DatabaseCheck.Reason(failure), 0));
        }
    }

    private Task<ValidationCheck> ReuseAsync(CancellationToken cancellationToken)
    {
        const string Name = "connection_reuse";
        const string Title = "connection reuse";
        return Task.FromResult((before, after) switch
        {
            _ when run.CallId is null || Calls == 0 => ValidationRun.NotTried(null, Name, Title, "No call was measured"),
            ({ } first, { } last) => Judge(first, last),
            _ => NotKnown(noPool!),
        });

        ValidationCheck Judge(PoolLook first, PoolLook last)
        {
            var (opened, connected) = (last.Opened - first.Opened, last.Connected - first.Connected);
            if (opened < 0 || connected < 0)
                return NotKnown("two gateways behind one address have answered, or it was started again");

            var rate = opened == 0 ? 1 : decimal.Round(Math.Max(0, 1 - decimal.Divide(connected, opened)), 4);
            run.Figures = run.Figures with { ConnectionReuse = rate };
            var seen = $"{Percent(rate)} of {opened} connections asked for during the calls, {Percent(last.Rate)} of {last.Opened} since its start";
            if (rate >= ReuseTarget)
                return ValidationRun.Passed(null, Name, Title, seen);

            var verdict = opened < EnoughToJudge ? ValidationVerdict.Warning : ValidationVerdict.Failed;
            return run.Advice.FewReused().On(new ValidationCheck(null, Name, Title, verdict, $"{seen}; expected over {Percent(ReuseTarget)}", 0));
        }

        ValidationCheck NotKnown(string why) => new(null, Name, Title, ValidationVerdict.NotKnown, $"not known: {why}", 0);
    }

    private async Task<PoolLook?> PoolAsync(CancellationToken cancellationToken)
    {
        if (run.Target.AdminToken is null)
        {
            noPool = "/api/db-stats needs an admin token (--admin-token-file, ADMIN_TOKEN or ADMIN_TOKEN_FILE)";
            return null;
        }

        try
        {
            var look = await run.Gateway.GetAsync("api/db-stats", cancellationToken, asAdmin: true);
            if (look.Status == 200 && look.Json is { } json && json.TryGetProperty("connection_pool", out var pool))
            {
                return new PoolLook(
                    pool.GetProperty("opened").GetInt64(), pool.GetProperty("connected").GetInt64(), pool.GetProperty("reuse_rate").GetDecimal());
            }

            noPool = $"/api/db-stats answered {look.Status}" + (look.Status is 401 or 403 ? ": the admin token is not this gateway's" : "");
        }
        catch (Exception failure) when (
            failure is HttpRequestException or TimeoutException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            noPool = $"/api/db-stats: {failure.GetBaseException().Message}";
        }

        return null;
    }

    private static void Note(List<string> others, string what)
    {
        if (!others.Contains(what) && others.Count < Shown)
            others.Add(what);
    }

    private static string Text(Percentiles values) => string.Create(
        CultureInfo.InvariantCulture, $"p50 {values.P50:0.##} ms, p95 {values.P95:0.##} ms, p99 {values.P99:0.##} ms, max {values.Max:0.##} ms");

    private static string Percent(decimal share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    private sealed record PoolLook(long Opened, long Connected, decimal Rate);
}
