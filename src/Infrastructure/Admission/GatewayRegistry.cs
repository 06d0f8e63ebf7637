using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Security;
using Npgsql;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>How the gateways on one database know of each other, and what they have agreed on.</summary>
internal sealed class GatewayRegistry(GatewayDatabase database, MasterKeys masterKeys)
{
    /// <summary>Who has not been heard of for this long is taken for dead. By the database's clock.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(5);

    /// <summary>
    /// So long one that is dead is waited for, where only it can know what its calls held: whoever starts it again has done so by
    /// then, in most cases. By the database's clock.
    /// </summary>
    public static readonly TimeSpan ReturnsWithin = TimeSpan.FromSeconds(60);

    private const string Book = "CASE book WHEN 'redis' THEN 1 WHEN 'database' THEN 2 ELSE 0 END";

    /// <summary>Shows that this gateway lives, and tells of the others.</summary>
    /// <param name="epoch">
    /// The epoch it has joined; 0: none yet. Then that of its earlier life stays, which tells what is known of its calls.
    /// </param>
    /// <param name="redis">Whether its Redis answers; null when it has none.</param>
    public async Task<Agreement> BeatAsync(Guid me, long epoch, bool? redis, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { Timeout = (int)DeadAfter.TotalSeconds };   // later it is of no use
        var beat = new NpgsqlBatchCommand(
            """
            INSERT INTO gateway_instances AS known (id, epoch, redis, master_keys) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE
            SET seen_at = now(), epoch = CASE excluded.epoch WHEN 0 THEN known.epoch ELSE excluded.epoch END, redis = excluded.redis,
                master_keys = excluded.master_keys
            """);
        beat.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = me });
        beat.Parameters.Add(new NpgsqlParameter<long> { TypedValue = epoch });
        beat.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Boolean, Value = (object?)redis ?? DBNull.Value });
        beat.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. masterKeys.Ids] });
        batch.BatchCommands.Add(beat);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT epoch, {Book}, redis_run_id FROM metering"));
        var others = new NpgsqlBatchCommand("SELECT id, epoch, redis, seen_at > now() - $1, seen_at > now() - $2 FROM gateway_instances");
        others.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = DeadAfter });
        others.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = ReturnsWithin });
        batch.BatchCommands.Add(others);

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            throw new InvalidOperationException("The table metering is empty; INSERT INTO metering (epoch) SELECT coalesce(max(seeded_epoch), 0) + 1 FROM budgets repairs it.");

        var (agreed, book, runId) = (row.GetInt64(0), (Book)row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2));
        await row.NextResultAsync(cancellationToken);
        var (alive, dead) = (new List<Replica>(), new List<Replica>());
        while (await row.ReadAsync(cancellationToken))
        {
            var replica = new Replica(row.GetGuid(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetBoolean(2), MayReturn: row.GetBoolean(4));
            (row.GetBoolean(3) ? alive : dead).Add(replica);
        }

        return new Agreement(agreed, book, runId, alive, dead);
    }

    /// <summary>Begins another epoch, unless someone has done so meanwhile.</summary>
    public async Task BeginAsync(long after, Book book, string? runId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "UPDATE metering SET epoch = epoch + 1, book = $2, redis_run_id = $3, changed_at = now() WHERE epoch = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = book switch { Admission.Book.Redis => "redis", Admission.Book.Database => "database", _ => "local" } });
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text, Value = (object?)runId ?? DBNull.Value });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Forgets gateways that have not been heard of for longer than any of their calls can hold anything.</summary>
    public async Task ForgetAsync(TimeSpan silentFor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("DELETE FROM gateway_instances WHERE seen_at < now() - $1", connection);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = silentFor });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A gateway has died and holds nothing any more, or is not coming back. One that has shown meanwhile that it lives is left alone.</summary>
    /// <returns>Whether it is forgotten.</returns>
    public async Task<bool> RemoveDeadAsync(Replica dead, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "DELETE FROM gateway_instances WHERE id = $1 AND epoch = $2 AND seen_at <= now() - $3", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = dead.Id });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = dead.Epoch });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = DeadAfter });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>This gateway has stopped well: nobody waits for it any more.</summary>
    public async Task LeaveAsync(Guid gateway, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("DELETE FROM gateway_instances WHERE id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = gateway });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>What the database says of the gateways.</summary>
/// <param name="Dead">Those that went without a word.</param>
internal sealed record Agreement(long Epoch, Book Book, string? RunId, IReadOnlyList<Replica> Alive, IReadOnlyList<Replica> Dead);

/// <param name="Epoch">The epoch it has joined, it or an earlier life of it: what its calls held in others is in the tables.</param>
/// <param name="Redis">Whether its Redis answers; null when it has none.</param>
/// <param name="MayReturn">It was heard of in the last <see cref="GatewayRegistry.ReturnsWithin"/>.</param>
internal sealed record Replica(Guid Id, long Epoch, bool? Redis, bool MayReturn);
