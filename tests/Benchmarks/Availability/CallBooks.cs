using System.Globalization;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using Npgsql;

namespace CleanGateway.Benchmarks.Availability;

/// <summary>The answers that callers got, held against the rows of the database.</summary>
/// <param name="Lost">Answered, and not in <c>requests</c>, <c>responses</c> and <c>usage_records</c>.</param>
/// <param name="Twice">In one of them more than once.</param>
/// <param name="MoneyDifference">US dollars between the ledger's sum and what the budget of the key says was spent.</param>
internal sealed record CallBooks(int Answered, int Lost, int Twice, int RecordedOfUnanswered, decimal MoneyDifference, TimeSpan After)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // A call has its answered row of each kind once; what was refused or broke may have rows, too, but never two.
    private const string Compare =
        """
        WITH rows AS (
            SELECT q.client_request_id AS name, count(DISTINCT q.id) AS asked, count(DISTINCT r.id) AS told, count(DISTINCT u.id) AS charged
            FROM requests q
            LEFT JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at
            LEFT JOIN usage_records u ON u.request_id = q.request_id
            GROUP BY q.client_request_id)
        SELECT count(*) FILTER (WHERE answered AND coalesce(least(asked, told, charged), 0) = 0),
               count(*) FILTER (WHERE greatest(asked, told, charged) > 1),
               count(*) FILTER (WHERE NOT answered AND asked = 1),
               (SELECT coalesce(sum(total_cost_usd), 0) FROM usage_records)
                   - (SELECT coalesce(sum(total_cost_usd), 0) FROM monthly_usage_summary)
        FROM unnest($1, $2) AS given (name, answered) LEFT JOIN rows USING (name)
        """;

    public bool AreRight => Lost == 0 && Twice == 0 && MoneyDifference == 0;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"books: {Answered} calls answered, {Lost} of them not in the tables, {Twice} calls in them twice, {RecordedOfUnanswered} recorded of those that callers saw fail; "
        + $"ledger and monthly sums differ by {MoneyDifference} USD; all there {After.TotalSeconds:0.0} s after the last call");

    /// <summary>Waits until every answered call is there, or for so long that it is lost.</summary>
    public static async Task<CallBooks> CompareAsync(
        DatabaseUrl url, IReadOnlyList<CallPhase> phases, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var database = new GatewayDatabase(url, maxConnections: 3);
        var answered = phases.SelectMany(phase => phase.Answered).ToArray();
        var unanswered = phases.SelectMany(phase => phase.Unanswered).ToArray();
        var began = clock.GetTimestamp();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            var books = await ReadAsync(database, answered, unanswered, cancellationToken);
            if (books.AreRight || clock.GetElapsedTime(began) > Patience)
                return books with { After = clock.GetElapsedTime(began) };
            await again.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static async Task<CallBooks> ReadAsync(GatewayDatabase database, string[] answered, string[] unanswered, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var compare = new NpgsqlCommand(Compare, connection);
        compare.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. answered, .. unanswered] });
        compare.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = [.. answered.Select(_ => true), .. unanswered.Select(_ => false)] });
        await using var row = await compare.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new CallBooks(
            answered.Length, (int)row.GetInt64(0), (int)row.GetInt64(1), (int)row.GetInt64(2), row.GetDecimal(3), TimeSpan.Zero);
    }
}
