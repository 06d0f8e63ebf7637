using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>
/// Drops what is older than it has to be kept, a whole partition at a time: that takes a moment, however many rows there
/// are, and leaves nothing to clean up.
/// </summary>
internal sealed partial class PartitionRetention(
    [FromKeyedServices(GatewayDatabase.Owner)] GatewayDatabase database,
    GatewaySettings settings, TimeProvider clock, ILogger<PartitionRetention> logger)
{
    private const int StrayRowsAtOnce = 1000;

    /// <returns>How many partitions were dropped, those of one day or month counting once.</returns>
    public async Task<int> DropAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var dropped = 0;
        if (settings.LogRetentionDays is > 0 and var days)
            dropped += await DropBeforeAsync(PartitionFamily.Log, today.AddDays(-days), cancellationToken);

        if (settings.LedgerRetentionMonths is > 0 and var months)
        {
            var oldest = new DateOnly(today.Year, today.Month, 1).AddMonths(-months);
            dropped += await DropBeforeAsync(PartitionFamily.Ledger, oldest, cancellationToken);
            await ForgetDaysAsync(oldest, cancellationToken);
        }

        return dropped;
    }

    // Of months and of all time the sums are kept.
    private async Task ForgetDaysAsync(DateOnly oldestKept, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("DELETE FROM budgets WHERE length(period) = 10 AND period < $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string>
        {
            TypedValue = BudgetPeriods.Day(new DateTimeOffset(oldestKept, TimeOnly.MinValue, TimeSpan.Zero)),
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<int> DropBeforeAsync(PartitionFamily family, DateOnly oldestKept, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var old = (await Partitions.NamesAsync(connection, cancellationToken))
            .Select(family.Begin).OfType<DateOnly>()
            .Where(from => family.End(from) <= oldestKept)
            .Order()
            .ToList();

        foreach (var from in old)
            await DropAsync(connection, family, from, cancellationToken);

        await DeleteStrayRowsAsync(connection, family, oldestKept, cancellationToken);
        return old.Count;
    }

    // Children first, and never CASCADE: that would take the whole foreign key between the tables along. A partition that
    // is referenced is detached before it is dropped, which looks that nothing refers to it any more.
    private async Task DropAsync(NpgsqlConnection connection, PartitionFamily family, DateOnly from, CancellationToken cancellationToken)
    {
        var suffix = family.Suffix(from);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SET LOCAL lock_timeout = '2s'; SELECT pg_advisory_xact_lock({Partitions.MaintenanceLock})", cancellationToken);

        // Another replica may have been here while this one waited.
        if (!(await Partitions.NamesAsync(connection, cancellationToken)).Contains($"{family.Tables[0].Name}_{suffix}"))
            return;

        // In the order that the journal takes them, or the two would wait for each other in a circle.
        foreach (var table in family.Tables)
            await ExecuteAsync(connection, $"LOCK TABLE {table.Name} IN ACCESS EXCLUSIVE MODE", cancellationToken);

        foreach (var table in family.Tables.Reverse())
        {
            await ExecuteAsync(connection, $"ALTER TABLE {table.Name} DETACH PARTITION {table.Name}_{suffix}", cancellationToken);
            await ExecuteAsync(connection, $"DROP TABLE {table.Name}_{suffix}", cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        LogDropped(family.Tables[0].Name, suffix);
    }

    // The default partition is the one place where rows are deleted, a few at a time.
    private static async Task DeleteStrayRowsAsync(
        NpgsqlConnection connection, PartitionFamily family, DateOnly oldestKept, CancellationToken cancellationToken)
    {
        foreach (var table in family.Tables.Reverse())
        {
            var delete =
                $"""
                DELETE FROM {table.Default} WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM {table.Default} WHERE {table.Key} < '{PartitionFamily.Bound(oldestKept)}' LIMIT {StrayRowsAtOnce}))
                """;
            while (await ExecuteAsync(connection, delete, cancellationToken) == StrayRowsAtOnce)
            {
            }
        }
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "Dropped the partitions {Suffix} of {Table}: they are older than they have to be kept")]
    private partial void LogDropped(string table, string suffix);
}
