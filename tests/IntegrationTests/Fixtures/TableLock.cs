using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Keeps everyone else from writing to a table until it is released: a database that takes its time.</summary>
internal sealed class TableLock : IAsyncDisposable
{
    private readonly NpgsqlDataSource database;
    private readonly NpgsqlConnection connection;

    private TableLock(NpgsqlDataSource database, NpgsqlConnection connection)
    {
        this.database = database;
        this.connection = connection;
    }

    public static Task<TableLock> TakeAsync(NpgsqlDataSource database, string table) => TakeAsync(database, table, "EXCLUSIVE");

    /// <summary>Keeps readers out as well.</summary>
    public static Task<TableLock> TakeExclusivelyAsync(NpgsqlDataSource database, string table) => TakeAsync(database, table, "ACCESS EXCLUSIVE");

    private static async Task<TableLock> TakeAsync(NpgsqlDataSource database, string table, string mode)
    {
        var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN {mode} MODE", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new TableLock(database, connection);
    }

    /// <summary>Waits until a connection waits for this lock, and gives its process id.</summary>
    public async Task<int> WaiterAsync()
    {
        // On another connection: inside a transaction pg_stat_activity stands still.
        await using var find = database.CreateCommand("SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)) LIMIT 1");
        find.Parameters.AddWithValue(connection.ProcessID);
        var waiter = 0;
        await Eventually.IsTrueAsync(
            async () =>
            {
                waiter = await find.ExecuteScalarAsync() as int? ?? 0;
                return waiter != 0;
            },
            "someone waits for the lock");
        return waiter;
    }

    public async Task ReleaseAsync()
    {
        await using var command = new NpgsqlCommand("COMMIT", connection);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
