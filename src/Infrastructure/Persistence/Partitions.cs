using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>
/// Makes the partitions that the next days' rows go to. A default partition catches what comes without one; rows that
/// landed there move along when theirs is made.
/// </summary>
internal sealed partial class Partitions(
    [FromKeyedServices(GatewayDatabase.Owner)] GatewayDatabase database, TimeProvider clock, ILogger<Partitions> logger)
{
    public const int DaysAhead = 3;

    // Locks are waited for two seconds only; moving many stray rows may take a while.
    private const int MovingDeadlineSeconds = 600;

    /// <summary>Held by whoever makes or drops partitions, so that replicas do not do it at once.</summary>
    public const long MaintenanceLock = 0x436C65616E5074;

    /// <summary>Whose rights count.</summary>
    public string Role => database.Url.User;

    /// <summary>Whether this role may make and drop partitions: PostgreSQL leaves that to the owner of the tables.</summary>
    public Task<bool> MayMaintainAsync(CancellationToken cancellationToken)
    {
        var tables = string.Join(", ", PartitionFamily.All.SelectMany(family => family.Tables).Select(table => $"'{table.Name}'"));
        return database.AskAsync<bool>(
            $"""
            SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE') AND bool_and(pg_has_role(relowner, 'USAGE')), false)
            FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname IN ({tables})
            """,
            cancellationToken);
    }

    /// <summary>Today and the days after, this month and the next.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var existing = await NamesAsync(connection, cancellationToken);

        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        for (var day = today; day <= today.AddDays(DaysAhead); day = day.AddDays(1))
            await EnsureAsync(connection, PartitionFamily.Log, day, existing, cancellationToken);

        var month = new DateOnly(today.Year, today.Month, 1);
        await EnsureAsync(connection, PartitionFamily.Ledger, month, existing, cancellationToken);
        await EnsureAsync(connection, PartitionFamily.Ledger, month.AddMonths(1), existing, cancellationToken);

        // Rows of days for which there never was one: the gateway was not there to make it.
        foreach (var family in PartitionFamily.All)
        {
            foreach (var from in await StrayAsync(connection, family, cancellationToken))
                await EnsureAsync(connection, family, from, existing, cancellationToken);
        }
    }

    private static async Task<IReadOnlyList<DateOnly>> StrayAsync(NpgsqlConnection connection, PartitionFamily family, CancellationToken cancellationToken)
    {
        var table = family.Tables[0];
        await using var command = new NpgsqlCommand(
            $"SELECT DISTINCT ({table.Key} AT TIME ZONE 'UTC')::date FROM {table.Default} ORDER BY 1", connection) { CommandTimeout = MovingDeadlineSeconds };
        var days = new List<DateOnly>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            days.Add(family.BeginOf(rows.GetFieldValue<DateOnly>(0)));

        return [.. days.Distinct()];
    }

    private async Task EnsureAsync(
        NpgsqlConnection connection, PartitionFamily family, DateOnly from, HashSet<string> existing, CancellationToken cancellationToken)
    {
        var (suffix, to) = (family.Suffix(from), family.End(from));
        var first = $"{family.Tables[0].Name}_{suffix}";
        if (existing.Contains(first))
            return;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SET LOCAL lock_timeout = '2s'; SELECT pg_advisory_xact_lock({MaintenanceLock})", cancellationToken);

        // Another replica may have been here while this one waited.
        if ((await NamesAsync(connection, cancellationToken)).Contains(first))
            return;

        // In the order that the journal takes them, or the two could wait for each other in a circle. Reading goes on.
        foreach (var table in family.Tables)
            await ExecuteAsync(connection, $"LOCK TABLE {table.Name} IN SHARE ROW EXCLUSIVE MODE", cancellationToken);

        foreach (var table in family.Tables)
            await ExecuteAsync(connection, $"CREATE TABLE {table.Name}_{suffix} (LIKE {table.Name} INCLUDING ALL)", cancellationToken);

        await MoveStrayRowsAsync(connection, family, suffix, from, to, cancellationToken);

        foreach (var table in family.Tables)
        {
            await ExecuteAsync(
                connection,
                $"""
                ALTER TABLE {table.Name} ATTACH PARTITION {table.Name}_{suffix}
                FOR VALUES FROM ('{PartitionFamily.Bound(from)}') TO ('{PartitionFamily.Bound(to)}')
                """,
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        LogCreated(suffix);
    }

    // Copied parents first and deleted children first: deleting a parent would take its children with it.
    private async Task MoveStrayRowsAsync(
        NpgsqlConnection connection, PartitionFamily family, string suffix, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        string Within(PartitionedTable table) => $"{table.Key} >= '{PartitionFamily.Bound(from)}' AND {table.Key} < '{PartitionFamily.Bound(to)}'";

        foreach (var table in family.Tables)
            await ExecuteAsync(connection, $"LOCK TABLE {table.Default} IN ACCESS EXCLUSIVE MODE", cancellationToken);

        var moved = 0;
        foreach (var table in family.Tables)
        {
            moved += await ExecuteAsync(
                connection, $"INSERT INTO {table.Name}_{suffix} SELECT * FROM {table.Default} WHERE {Within(table)}", cancellationToken);
        }

        foreach (var table in family.Tables.Reverse())
            await ExecuteAsync(connection, $"DELETE FROM {table.Default} WHERE {Within(table)}", cancellationToken);

        if (moved > 0)
            LogMoved(moved, suffix);
    }

    /// <summary>All partitions of the schema.</summary>
    public static async Task<HashSet<string>> NamesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE child.relnamespace = current_schema()::regnamespace",
            connection);
        var names = new HashSet<string>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            names.Add(rows.GetString(0));

        return names;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = MovingDeadlineSeconds };
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Debug, "Made the partitions {Suffix}")]
    private partial void LogCreated(string suffix);

    [LoggerMessage(LogLevel.Warning, "Moved {Rows} rows from the default partitions to {Suffix}")]
    private partial void LogMoved(int rows, string suffix);
}
