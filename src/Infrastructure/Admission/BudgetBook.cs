using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Budgets as PostgreSQL has them: what the ledger says was spent, and what calls hold that it does not know of. From
/// here counters begin; and where no counter can be used, calls are admitted by these tables themselves.
/// </summary>
internal sealed partial class BudgetBook(GatewayDatabase database)
{
    /// <summary>
    /// Has a budget's counter begun for the epoch, with what the books say at that moment. The budget's row is locked
    /// meanwhile: nobody else begins it, and nothing is declared or written to the ledger for it.
    /// </summary>
    /// <returns>False when it had begun in this epoch already, or in a later one.</returns>
    /// <exception cref="MeterUnavailableException">The counter did not answer; it counts as begun.</exception>
    public async Task<bool> SeedAsync(BudgetKey budget, long epoch, Func<Money, IReadOnlyList<SeededHold>, Task> begin, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (spent, seeded) = (await LockAsync(connection, [budget], cancellationToken))[budget];
        if (seeded >= epoch)
            return false;

        var held = new List<SeededHold>();
        await using (var command = new NpgsqlCommand(
            "SELECT request_id, owner, amount, settled, created_at FROM budget_reservations WHERE scope_id = $1 AND period = $2", connection, transaction))
        {
            command.Parameters.AddWithValue(budget.ScopeId);
            command.Parameters.AddWithValue(budget.Period);
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
            {
                var amount = Money.Settle(row.GetDecimal(2));
                if (row.GetBoolean(3))
                    spent += amount;
                else
                    held.Add(new SeededHold(row.GetString(0), row.GetGuid(1), amount, row.GetFieldValue<DateTimeOffset>(4)));
            }
        }

        try
        {
            await begin(spent, held);
        }
        catch (MeterUnavailableException)
        {
            // It may have begun all the same, or begin yet, and calls be counted there: once gone, it must not be taken for one that never
            // began, because what these calls hold is in no table.
            await MarkSeededAsync(connection, transaction, budget, epoch, cancellationToken);
            throw;
        }

        await MarkSeededAsync(connection, transaction, budget, epoch, cancellationToken);
        return true;
    }

    /// <summary>Admits a call by the tables: all of its budgets have room for it, or nothing happens.</summary>
    /// <returns>Null when another epoch has begun: then these tables may not be what counts any more.</returns>
    public async Task<BudgetFit?> ReserveAsync(
        long epoch, string call, DateTimeOffset createdAt, Guid owner, IReadOnlyList<BudgetLine> budgets, CostRange cost, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var spent = await LockAsync(connection, [.. budgets.Select(line => line.Key)], cancellationToken);
        if (await EpochAsync(connection, cancellationToken) != epoch)
            return null;

        var held = await HeldAsync(connection, budgets, cancellationToken);
        var states = budgets.Select(line => new BudgetState(spent[line.Key].Spent + held[line.Key].Settled, held[line.Key].Held)).ToList();
        var fit = BudgetFit.Of(budgets, states, cost);
        if (fit.Amount is not { } amount)
            return fit;

        await using var insert = With(
            new NpgsqlCommand(
                """
                INSERT INTO budget_reservations (request_id, created_at, scope_id, period, amount, owner)
                SELECT $1, $2, scope_id, period, $5, $6 FROM unnest($3, $4) AS budgets(scope_id, period)
                ON CONFLICT (request_id, scope_id, period) DO NOTHING
                """,
                connection,
                transaction),
            (NpgsqlDbType.Text, call),
            (NpgsqlDbType.TimestampTz, createdAt.UtcDateTime),
            (NpgsqlDbType.Uuid, budgets.Select(line => line.Key.ScopeId).ToArray()),
            (NpgsqlDbType.Text, budgets.Select(line => line.Key.Period).ToArray()),
            (NpgsqlDbType.Numeric, amount.Dollars),
            (NpgsqlDbType.Uuid, owner));
        await insert.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return fit with { States = [.. states.Select(state => state with { Reserved = state.Reserved + amount })] };
    }

    /// <summary>How budgets stand by the tables.</summary>
    public async Task<IReadOnlyDictionary<BudgetKey, BudgetState>> ReadAsync(IReadOnlyList<BudgetKey> budgets, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = With(
            new NpgsqlCommand(
                """
                SELECT k.scope_id, k.period, coalesce(b.spent, 0) + coalesce(sum(r.amount) FILTER (WHERE r.settled), 0),
                       coalesce(sum(r.amount) FILTER (WHERE NOT r.settled), 0)
                FROM unnest($1, $2) AS k(scope_id, period)
                LEFT JOIN budgets b USING (scope_id, period)
                LEFT JOIN budget_reservations r USING (scope_id, period)
                GROUP BY k.scope_id, k.period, b.spent
                """,
                connection),
            (NpgsqlDbType.Uuid, budgets.Select(key => key.ScopeId).ToArray()),
            (NpgsqlDbType.Text, budgets.Select(key => key.Period).ToArray()));
        var states = new Dictionary<BudgetKey, BudgetState>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            states[new BudgetKey(row.GetGuid(0), row.GetString(1))] = new BudgetState(Money.Settle(row.GetDecimal(2)), Money.Settle(row.GetDecimal(3)));

        return states;
    }

    /// <summary>What the ledger says of these calls; one that it does not know is not among them. Null: its cost is not known.</summary>
    public async Task<IReadOnlyDictionary<string, Money?>> InLedgerAsync(IReadOnlyCollection<(string Call, DateTimeOffset CreatedAt)> calls, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, Money?>(StringComparer.Ordinal);
        if (calls.Count == 0)
            return known;

        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = With(
            new NpgsqlCommand(
                "SELECT u.request_id, u.total_cost_usd FROM unnest($1, $2) AS c(request_id, created_at) JOIN usage_records u USING (request_id, created_at)", connection),
            (NpgsqlDbType.Text, calls.Select(call => call.Call).ToArray()),
            (NpgsqlDbType.TimestampTz, calls.Select(call => call.CreatedAt.UtcDateTime).ToArray()));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            known[row.GetString(0)] = row.IsDBNull(1) ? null : Money.Settle(row.GetDecimal(1));

        return known;
    }

    /// <summary>
    /// Takes back what a gateway declared and does not know of: an earlier life of it declared a call and never made it, or
    /// the database took a reservation and could not say so. All that was made is in the ledger by now.
    /// </summary>
    public async Task ForgetAsync(Guid owner, IReadOnlyCollection<string> except, TimeSpan olderThan, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = With(
            new NpgsqlCommand("DELETE FROM budget_reservations WHERE owner = $1 AND NOT settled AND created_at < now() - $3 AND request_id <> ALL($2)", connection),
            (NpgsqlDbType.Uuid, owner),
            (NpgsqlDbType.Text, except.ToArray()),
            (NpgsqlDbType.Interval, olderThan));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What gateways declared that are gone for good counts as spent.</summary>
    public async Task ExpireAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = With(
            new NpgsqlCommand(
                """
                UPDATE budget_reservations r SET settled = true
                WHERE NOT settled AND created_at < now() - $1
                  AND NOT EXISTS (SELECT FROM gateway_instances i WHERE i.id = r.owner AND i.seen_at > now() - $1)
                """,
                connection),
            (NpgsqlDbType.Interval, lease));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task MarkSeededAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, BudgetKey budget, long epoch, CancellationToken cancellationToken)
    {
        await using var mark = new NpgsqlCommand("UPDATE budgets SET seeded_epoch = $3 WHERE scope_id = $1 AND period = $2", connection, transaction);
        mark.Parameters.AddWithValue(budget.ScopeId);
        mark.Parameters.AddWithValue(budget.Period);
        mark.Parameters.AddWithValue(epoch);
        await mark.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    // Locks the budgets' rows, in one order, so that two never wait for each other in a circle; what is read afterwards
    // is what was committed before the locks were had.
    private static async Task<Dictionary<BudgetKey, (Money Spent, long? Seeded)>> LockAsync(
        NpgsqlConnection connection, IReadOnlyList<BudgetKey> budgets, CancellationToken cancellationToken)
    {
        var ordered = budgets.OrderBy(key => key.ScopeId.ToString(), StringComparer.Ordinal).ThenBy(key => key.Period, StringComparer.Ordinal).ToList();
        var scopes = ordered.Select(key => key.ScopeId).ToArray();
        var periods = ordered.Select(key => key.Period).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(BookLock.Shared));
        batch.BatchCommands.Add(With(
            new NpgsqlBatchCommand("INSERT INTO budgets (scope_id, period) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING"),
            (NpgsqlDbType.Uuid, scopes), (NpgsqlDbType.Text, periods)));
        batch.BatchCommands.Add(With(
            new NpgsqlBatchCommand(
                """
                SELECT scope_id, period, spent, seeded_epoch FROM budgets
                WHERE (scope_id, period) IN (SELECT * FROM unnest($1, $2)) ORDER BY scope_id, period FOR UPDATE
                """),
            (NpgsqlDbType.Uuid, scopes), (NpgsqlDbType.Text, periods)));

        var found = new Dictionary<BudgetKey, (Money, long?)>();
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.NextResultAsync(cancellationToken);   // the lock's own row comes first, the insert has none
        while (await row.ReadAsync(cancellationToken))
            found[new BudgetKey(row.GetGuid(0), row.GetString(1))] = (Money.Settle(row.GetDecimal(2)), row.IsDBNull(3) ? null : row.GetInt64(3));

        return found;
    }

    private static async Task<Dictionary<BudgetKey, (Money Settled, Money Held)>> HeldAsync(
        NpgsqlConnection connection, IReadOnlyList<BudgetLine> budgets, CancellationToken cancellationToken)
    {
        await using var command = With(
            new NpgsqlCommand(
                """
                SELECT scope_id, period, coalesce(sum(amount) FILTER (WHERE settled), 0), coalesce(sum(amount) FILTER (WHERE NOT settled), 0)
                FROM budget_reservations WHERE (scope_id, period) IN (SELECT * FROM unnest($1, $2)) GROUP BY 1, 2
                """,
                connection),
            (NpgsqlDbType.Uuid, budgets.Select(line => line.Key.ScopeId).ToArray()),
            (NpgsqlDbType.Text, budgets.Select(line => line.Key.Period).ToArray()));
        var held = budgets.ToDictionary(line => line.Key, _ => (Settled: Money.Zero, Held: Money.Zero));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            held[new BudgetKey(row.GetGuid(0), row.GetString(1))] = (Money.Settle(row.GetDecimal(2)), Money.Settle(row.GetDecimal(3)));

        return held;
    }

    // Asked with the rows locked: whoever begins a counter in a later epoch has to have the same locks.
    private static async Task<long> EpochAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT epoch FROM metering", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static NpgsqlBatchCommand With(NpgsqlBatchCommand command, params (NpgsqlDbType Type, object Value)[] parameters)
    {
        Add(command.Parameters, parameters);
        return command;
    }

    private static NpgsqlCommand With(NpgsqlCommand command, params (NpgsqlDbType Type, object Value)[] parameters)
    {
        Add(command.Parameters, parameters);
        return command;
    }

    private static void Add(NpgsqlParameterCollection to, (NpgsqlDbType Type, object Value)[] parameters)
    {
        foreach (var (type, value) in parameters)
            to.Add(new NpgsqlParameter { NpgsqlDbType = value is Array ? type | NpgsqlDbType.Array : type, Value = value });
    }
}
