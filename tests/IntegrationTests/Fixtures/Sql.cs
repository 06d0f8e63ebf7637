using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Statements as tests write them, on whatever database.</summary>
internal static class Sql
{
    public static async Task<int> ExecuteAsync(this NpgsqlDataSource database, string sql, CancellationToken stop, params object?[] parameters)
    {
        await using var command = Command(database, sql, parameters);
        return await command.ExecuteNonQueryAsync(stop);
    }

    /// <summary>The rows of a query, each an array of its columns.</summary>
    public static async Task<IReadOnlyList<object?[]>> RowsAsync(
        this NpgsqlDataSource database, string sql, CancellationToken stop, params object?[] parameters)
    {
        await using var command = Command(database, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var rows = new List<object?[]>();
        while (await reader.ReadAsync(stop))
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetValue(column))]);

        return rows;
    }

    /// <summary>Waits until these calls, which have been answered, are in the books; a moment, by default.</summary>
    public static Task LoggedAsync(this NpgsqlDataSource database, CancellationToken stop, params string[] requestIds) => Eventually.IsTrueAsync(
        async () => (long)(await database.RowsAsync(
            "SELECT count(*) FROM requests q JOIN responses r ON r.request_id_fk = q.id WHERE q.request_id = ANY($1)", stop, (object)requestIds)).Single()[0]! == requestIds.Length,
        $"{requestIds.Length} calls are in the books");

    private static NpgsqlCommand Command(NpgsqlDataSource database, string sql, object?[] parameters)
    {
        var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter ?? DBNull.Value });

        return command;
    }
}
