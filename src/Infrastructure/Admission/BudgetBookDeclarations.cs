using Npgsql;
using NpgsqlTypes;

namespace CleanGateway.Infrastructure.Admission;

/// <content>What calls hold or have cost that the ledger does not know of, told by their gateway or by others for it.</content>
internal sealed partial class BudgetBook
{
    private const int LongestWaitMs = 500;

    /// <summary>
    /// Declares calls that are not in the ledger yet; one that is in it already is left out. What is settled and cost
    /// nothing will never be in it, and goes.
    /// </summary>
    public async Task DeclareAsync(Guid owner, IReadOnlyList<Declaration> calls, CancellationToken cancellationToken)
    {
        if (calls.Count == 0)
            return;

        var rows = calls.SelectMany(call => call.Budgets.Select(budget => (Call: call, Budget: budget))).ToList();
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);   // one transaction
        batch.BatchCommands.Add(new NpgsqlBatchCommand(BookLock.Exclusive));
        batch.BatchCommands.Add(With(
            new NpgsqlBatchCommand(
                """
                INSERT INTO budget_reservations AS known (request_id, created_at, scope_id, period, amount, settled, owner)
                SELECT request_id, created_at, scope_id, period, amount, settled, $7
                FROM unnest($1, $2, $3, $4, $5, $6) AS new(request_id, created_at, scope_id, period, amount, settled)
                WHERE NOT EXISTS (SELECT FROM usage_records u WHERE u.request_id = new.request_id AND u.created_at = new.created_at)
                ON CONFLICT (request_id, scope_id, period) DO UPDATE SET amount = excluded.amount, settled = excluded.settled
                WHERE NOT known.settled
                """),
            [.. Columns(rows), (NpgsqlDbType.Uuid, owner)]));
        batch.BatchCommands.Add(With(
            new NpgsqlBatchCommand("DELETE FROM budget_reservations WHERE settled AND amount = 0 AND request_id = ANY($1)"),
            (NpgsqlDbType.Text, calls.Select(call => call.Call).ToArray())));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Declares for a gateway that has died what its calls held, and with that has it join the epoch. Nothing happens
    /// where it has shown meanwhile that it lives.
    /// </summary>
    /// <returns>Whether it has joined.</returns>
    public async Task<bool> DeclareForAsync(Replica dead, long epoch, IReadOnlyList<Declaration> calls, CancellationToken cancellationToken)
    {
        var rows = calls.SelectMany(call => call.Budgets.Select(budget => (Call: call, Budget: budget))).ToList();
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SET LOCAL lock_timeout = {LongestWaitMs}"));   // the heartbeat waits for this
        batch.BatchCommands.Add(new NpgsqlBatchCommand(BookLock.Exclusive));
        batch.BatchCommands.Add(With(
            new NpgsqlBatchCommand(
                """
                WITH joined AS (
                    UPDATE gateway_instances SET epoch = $9 WHERE id = $7 AND epoch = $8 AND seen_at <= now() - $10 RETURNING id
                ), declared AS (
                    INSERT INTO budget_reservations AS known (request_id, created_at, scope_id, period, amount, settled, owner)
                    SELECT request_id, created_at, scope_id, period, amount, settled, joined.id
                    FROM unnest($1, $2, $3, $4, $5, $6) AS new(request_id, created_at, scope_id, period, amount, settled), joined
                    WHERE NOT EXISTS (SELECT FROM usage_records u WHERE u.request_id = new.request_id AND u.created_at = new.created_at)
                    ON CONFLICT (request_id, scope_id, period) DO NOTHING
                )
                SELECT count(*) FROM joined
                """),
            [
                .. Columns(rows), (NpgsqlDbType.Uuid, dead.Id), (NpgsqlDbType.Bigint, dead.Epoch), (NpgsqlDbType.Bigint, epoch),
                (NpgsqlDbType.Interval, GatewayRegistry.DeadAfter),
            ]));
        try
        {
            bool hasJoined;
            await using (var row = await batch.ExecuteReaderAsync(cancellationToken))
            {
                await row.NextResultAsync(cancellationToken);   // the lock's own row comes first
                hasJoined = await row.ReadAsync(cancellationToken) && row.GetInt64(0) == 1;
            }

            await transaction.CommitAsync(cancellationToken);
            return hasJoined;
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    private static (NpgsqlDbType Type, object Value)[] Columns(List<(Declaration Call, BudgetKey Budget)> rows) =>
    [
        (NpgsqlDbType.Text, rows.Select(row => row.Call.Call).ToArray()),
        (NpgsqlDbType.TimestampTz, rows.Select(row => row.Call.CreatedAt.UtcDateTime).ToArray()),
        (NpgsqlDbType.Uuid, rows.Select(row => row.Budget.ScopeId).ToArray()),
        (NpgsqlDbType.Text, rows.Select(row => row.Budget.Period).ToArray()),
        (NpgsqlDbType.Numeric, rows.Select(row => row.Call.Amount.Dollars).ToArray()),
        (NpgsqlDbType.Boolean, rows.Select(row => row.Call.IsSettled).ToArray()),
    ];
}
