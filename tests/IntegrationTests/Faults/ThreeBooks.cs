using System.Collections.Concurrent;
using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>
/// What callers saw, what the upstream saw, and what PostgreSQL holds, held against each other. Calls are known by the
/// name that their callers gave in <c>user</c>.
/// </summary>
internal sealed class ThreeBooks(FakeUpstream upstream, NpgsqlDataSource database)
{
    /// <summary>What the upstream's answers cost: 9 and 3 tokens at the prices of the tests' model.</summary>
    private const decimal CostOfAnswer = 0.00045m;

    private const string Rows =
        """
        SELECT q.user_id, q.request_id, q.status_code, r.outcome, r.cost, u.total_cost_usd, q.provider_id IS NOT NULL, u.id IS NOT NULL
        FROM requests q
        LEFT JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at
        LEFT JOIN usage_records u ON u.request_id = q.request_id
        WHERE q.user_id IS NOT NULL
        """;

    private const string Orphans =
        """
        SELECT (SELECT count(*) FROM responses r
                WHERE NOT EXISTS (SELECT FROM requests q WHERE q.id = r.request_id_fk AND q.created_at = r.request_created_at))
             + (SELECT count(*) FROM usage_records u
                WHERE NOT EXISTS (SELECT FROM requests q WHERE q.request_id = u.request_id AND q.created_at = u.created_at))
        """;

    private const string SumDifferences =
        """
        SELECT count(*)
        FROM (SELECT api_key_id, extract(year FROM created_at AT TIME ZONE 'UTC')::integer AS year,
                     extract(month FROM created_at AT TIME ZONE 'UTC')::integer AS month,
                     count(*) AS requests, coalesce(sum(prompt_tokens), 0) AS prompt, coalesce(sum(completion_tokens), 0) AS completion,
                     coalesce(sum(total_cost_usd), 0) AS cost, count(*) FILTER (WHERE total_cost_usd IS NULL) AS unpriced
              FROM usage_records GROUP BY 1, 2, 3) lines
        FULL JOIN monthly_usage_summary sums USING (api_key_id, year, month)
        WHERE (lines.requests, lines.prompt, lines.completion, lines.cost, lines.unpriced)
              IS DISTINCT FROM (sums.total_requests, sums.prompt_tokens, sums.completion_tokens, sums.total_cost_usd, sums.unpriced_requests)
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, CallersEntry> calls = new(StringComparer.Ordinal);

    public int Calls => calls.Count;

    public IEnumerable<CallersEntry> Entries => calls.Values;

    public CallersEntry Open(string name, bool stream)
    {
        var entry = new CallersEntry(name, stream);
        return calls.TryAdd(name, entry) ? entry : throw new InvalidOperationException($"There has been a call {name} already.");
    }

    /// <summary>The same two books, and another database.</summary>
    public ThreeBooks In(NpgsqlDataSource other)
    {
        var books = new ThreeBooks(upstream, other);
        foreach (var (name, call) in calls)
            books.calls.TryAdd(name, call);

        return books;
    }

    /// <summary>Waits until all calls are over and the books agree.</summary>
    public async Task<Balance> BalancedAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        using var timer = new PeriodicTimer(Interval);
        Balance? last = null;
        while (true)
        {
            try
            {
                last = await CompareAsync();
                if (last.IsEven)
                    return last;

                await timer.WaitForNextTickAsync(timeout.Token);
            }
            catch (NpgsqlException gone) when (!timeout.IsCancellationRequested)
            {
                last = new Balance { Complaints = [gone.Message] };   // the server may not be back yet
                await timer.WaitForNextTickAsync(timeout.Token);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested && !TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"Not within {Patience.TotalSeconds:0} s do the books agree: {last}");
            }
        }
    }

    /// <summary>As they are now.</summary>
    public async Task<Balance> CompareAsync()
    {
        var stop = TestContext.Current.CancellationToken;
        var dispatched = upstream.Requests.Select(request => request.Json.GetProperty("user").GetString()!).CountBy(name => name).ToDictionary();
        var rows = (await database.RowsAsync(Rows, stop)).Select(BooksRow.Of).ToLookup(row => row.Name);
        var balance = new Balance
        {
            Calls = calls.Count,
            Dispatched = dispatched.Count,
            Rows = rows.Count,
            TurnedAway = calls.Values.Count(call => call.WasNotLogged || call.WasNotKnown),
            Succeeded = calls.Values.Count(call => call.Succeeded),
            Crashed = rows.Count(row => row.First().Outcome == "gateway_crash"),
            Orphan = (int)(long)(await database.RowsAsync(Orphans, stop)).Single()[0]!,
            SumDifferences = (int)(long)(await database.RowsAsync(SumDifferences, stop)).Single()[0]!,
        };

        foreach (var call in calls.Values)
            Judge(call, dispatched.GetValueOrDefault(call.Name), [.. rows[call.Name]], balance);
        foreach (var stranger in rows.Select(row => row.Key).Concat(dispatched.Keys).Distinct().Where(name => !calls.ContainsKey(name)))
            balance.FoundOrphan($"{stranger}: no one called");
        return balance;
    }

    private static void Judge(CallersEntry call, int dispatches, List<BooksRow> rows, Balance balance)
    {
        if (!call.IsOver)
            balance.FoundOpen($"{call.Name} is not over");
        if (dispatches > 1 || rows.Count > 1)
            balance.FoundDuplicate($"{call}: {dispatches} dispatches, {rows.Count} rows");

        var mustBeThere = dispatches > 0 || (call.Status >= 200 && !call.WasNotLogged && !call.WasNotKnown);
        if (rows is not [var row])
        {
            if (rows.Count == 0 && mustBeThere)
                balance.FoundLost($"{call}: {dispatches} dispatches, no row");
            return;
        }

        if (row.Outcome is null)
            balance.FoundLost($"{call}: a request without a response");
        if (call.Succeeded && (row.Outcome != "ok" || row.Status != 200 || row.RequestId != call.RequestId))
            balance.FoundContradiction($"{call}: its row says {row}");
        if (row.Outcome == "ok" && dispatches == 0)
            balance.FoundOrphan($"{call}: its row says {row}, the upstream knows nothing of it");
        if (row.ResponseCost != row.LedgerCost || (row.Outcome == "ok" && row.LedgerCost != CostOfAnswer) || (dispatches > 0 && !row.IsInLedger))
            balance.FoundSumDifference($"{call}: its row says {row}");
    }

    private sealed record BooksRow(
        string Name, string RequestId, int Status, string? Outcome, decimal? ResponseCost, decimal? LedgerCost, bool WentUpstream, bool IsInLedger)
    {
        public static BooksRow Of(object?[] row) => new(
            (string)row[0]!, (string)row[1]!, (int)row[2]!, (string?)row[3], (decimal?)row[4], (decimal?)row[5], (bool)row[6]!, (bool)row[7]!);
    }
}
