using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>What partitions there are, and what is in them.</summary>
public sealed record PartitionState(string Table, string Name, string Bounds, long Rows, long Bytes, bool IsDefault)
{
    internal static async Task<IReadOnlyList<PartitionState>> ReadAsync(GatewayDatabase database, CancellationToken cancellationToken)
    {
        // The planner's estimate for the many, which may be large; a count for the default ones, which should be empty.
        const string Sql =
            """
            SELECT parent.relname, child.relname, pg_get_expr(child.relpartbound, child.oid), greatest(child.reltuples, 0)::bigint,
                   pg_total_relation_size(child.oid), p.partdefid = child.oid
            FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
            JOIN pg_partitioned_table p ON p.partrelid = parent.oid
            WHERE parent.relkind = 'p' AND parent.relnamespace = current_schema()::regnamespace
            ORDER BY parent.relname, child.relname
            """;
        await using var connection = await database.OpenAsync(cancellationToken);
        var states = new List<PartitionState>();
        await using (var command = new NpgsqlCommand(Sql, connection))
        {
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                states.Add(new PartitionState(rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetInt64(3), rows.GetInt64(4), rows.GetBoolean(5)));
        }

        for (var i = 0; i < states.Count; i++)
        {
            if (states[i].IsDefault)
                states[i] = states[i] with { Rows = await CountAsync(connection, states[i].Name, cancellationToken) };
        }

        return states;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using var count = new NpgsqlCommand($"SELECT count(*) FROM {table}", connection);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }
}
