using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using Npgsql;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>The database as a role sees it that may only read.</summary>
internal sealed class LogProbe(DatabaseUrl url) : IAsyncDisposable
{
    private const int Connections = 3;
    private const int ConnectSeconds = 20;

    // Rows are there in a moment, or late: then a look now and then will do.
    private static readonly TimeSpan OftenAtFirst = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Seldom = TimeSpan.FromMilliseconds(100);

    private readonly GatewayDatabase database = new(Patient(url.ReadOnly()), Connections);

    public async Task<ConnectionLook> ConnectAsync(CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(
            """
            SELECT current_setting('server_version'), current_setting('server_version_num')::integer, current_user::text, current_database()::text,
                   s.ssl, coalesce(s.version, ''), coalesce(s.cipher, ''), pg_is_in_recovery()
            FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()
            """,
            cancellationToken);
        var row = rows.Single();
        return new ConnectionLook(
            (string)row[0]!, (int)row[1]! / 10_000, (string)row[2]!, (string)row[3]!,
            (bool)row[4]! ? $"{row[5]} {row[6]}" : null, await IsScramAsync(cancellationToken), (bool)row[7]!);
    }

    public Task<IReadOnlyList<string>> SchemaDifferencesAsync(CancellationToken cancellationToken) =>
        new SchemaValidator(database).FindDifferencesAsync(cancellationToken);

    public async Task<IReadOnlyList<string>> MigrationsAsync(CancellationToken cancellationToken) =>
        [.. (await RowsAsync("""SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY 1""", cancellationToken)).Select(row => (string)row[0]!)];

    /// <summary>When the latest call in the log was made; null: there is none.</summary>
    public async Task<DateTime?> NewestAsync(CancellationToken cancellationToken) =>
        (DateTime?)(await RowsAsync("SELECT max(created_at) FROM requests", cancellationToken)).Single()[0];

    /// <summary>Looks again and again for the rows of one call, until both are there or the time is over.</summary>
    public async Task<RowsLook> FindAsync(RequestId id, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        RowsLook found = new([], 0);
        await UntilAsync(
            async () =>
            {
                var requests = await RowsAsync(
                    "SELECT id, route, model, status_code FROM requests WHERE request_id = $1 AND created_at = $2",
                    cancellationToken, id.Value, id.CreatedAt);
                var responses = requests is [var one]
                    ? await RowsAsync(
                        "SELECT 1 FROM responses WHERE request_id_fk = $1 AND request_created_at = $2", cancellationToken, one[0]!, id.CreatedAt)
                    : [];
                found = new RowsLook(
                    [.. requests.Select(row => new RequestRow((long)row[0]!, (string?)row[1], (string?)row[2], (int?)row[3]))], responses.Count);
                return found is { Requests.Count: 1, Responses: 1 };
            },
            patience, clock, cancellationToken);
        return found;
    }

    /// <summary>The documents' join, for one call.</summary>
    public async Task<IReadOnlyList<JoinedRow>> JoinAsync(RequestId id, CancellationToken cancellationToken) =>
    [
        .. (await RowsAsync(
            """
            SELECT r.id, req.id, req.request_id, r.latency_ms, r.outcome, r.total_tokens FROM responses r JOIN requests req ON r.request_id_fk=req.id
            WHERE req.request_id = $1 AND req.created_at = $2 AND r.request_created_at = $2
            """,
            cancellationToken, id.Value, id.CreatedAt))
        .Select(row => new JoinedRow((long)row[0]!, (long)row[1]!, (string)row[2]!, (decimal)row[3]!, (string)row[4]!, (long?)row[5])),
    ];

    /// <summary>Which of these calls are in the log whole, looked at until all are or the time is over.</summary>
    public async Task<IReadOnlySet<string>> FindAllAsync(
        IReadOnlyList<RequestId> ids, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        if (ids.Count == 0)
            return found;

        var (values, from, to) = (ids.Select(id => id.Value).ToArray(), ids.Min(id => id.CreatedAt), ids.Max(id => id.CreatedAt));
        await UntilAsync(
            async () =>
            {
                var rows = await RowsAsync(
                    """
                    SELECT q.request_id FROM requests q JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at
                    WHERE q.request_id = ANY($1) AND q.created_at BETWEEN $2 AND $3 AND r.request_created_at BETWEEN $2 AND $3
                    """,
                    cancellationToken, values, from, to);
                found.UnionWith(rows.Select(row => (string)row[0]!));
                return found.Count == values.Length;
            },
            patience, clock, cancellationToken);
        return found;
    }

    /// <summary>Partitions of the responses, and how many of them have the foreign key to the requests, checked.</summary>
    public async Task<(long Partitions, long Guarded)> ForeignKeysAsync(CancellationToken cancellationToken)
    {
        var row = (await RowsAsync(
            """
            SELECT count(*), count(*) FILTER (WHERE EXISTS (
                SELECT FROM pg_constraint c
                WHERE c.conrelid = t.relid AND c.contype = 'f' AND c.convalidated AND c.confrelid = 'requests'::regclass))
            FROM pg_partition_tree('responses') t WHERE t.isleaf
            """,
            cancellationToken)).Single();
        return ((long)row[0]!, (long)row[1]!);
    }

    /// <summary>The first day that the log has rows of, UTC; null: it is empty.</summary>
    public async Task<DateOnly?> FirstDayAsync(CancellationToken cancellationToken)
    {
        var row = (await RowsAsync(
            "SELECT least((SELECT min(created_at) FROM requests), (SELECT min(request_created_at) FROM responses))", cancellationToken)).Single();
        return row[0] is DateTime first ? DateOnly.FromDateTime(first) : null;
    }

    /// <summary>Counts halves of calls. Each side is read by an index alone, and no more than these days' partitions.</summary>
    /// <param name="to">Null: what is later too.</param>
    /// <exception cref="PostgresException">With <see cref="PostgresErrorCodes.QueryCanceled"/>: it would take longer.</exception>
    public async Task<HalvesLook> CountHalvesAsync(DateOnly from, DateOnly? to, TimeSpan within, CancellationToken cancellationToken)
    {
        var milliseconds = Math.Max(1, (int)within.TotalMilliseconds);
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var limit = new NpgsqlCommand($"SET LOCAL statement_timeout = {milliseconds}", connection))
            await limit.ExecuteNonQueryAsync(cancellationToken);

        await using var command = Command(
            """
            SELECT count(q.id), count(*) FILTER (WHERE q.id IS NULL), count(*) FILTER (WHERE r.request_id_fk IS NULL),
                   min(r.request_id_fk) FILTER (WHERE q.id IS NULL), min(q.id) FILTER (WHERE r.request_id_fk IS NULL)
            FROM (SELECT id, created_at FROM requests WHERE created_at >= $1 AND created_at < $2) q
            FULL JOIN (SELECT request_id_fk, request_created_at FROM responses WHERE request_created_at >= $1 AND request_created_at < $2) r
            ON r.request_id_fk = q.id AND r.request_created_at = q.created_at
            """,
            connection,
            from.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc),
            to?.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) ?? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc));
        command.CommandTimeout = 0;
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        return new HalvesLook(
            rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2),
            rows.IsDBNull(3) ? null : rows.GetInt64(3), rows.IsDBNull(4) ? null : rows.GetInt64(4));
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    // Only a connection that would have failed otherwise says what it logged in by.
    private async Task<bool> IsScramAsync(CancellationToken cancellationToken)
    {
        var connection = Patient(url).ToConnectionString();
        connection.RequireAuth = "ScramSHA256";
        connection.Pooling = false;
        try
        {
            await using var scram = new NpgsqlConnection(connection.ConnectionString);
            await scram.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException other) when (other.InnerException is not TimeoutException)
        {
            return false;
        }
    }

    // A machine that is busy is no database that is down.
    private static DatabaseUrl Patient(DatabaseUrl url)
    {
        if (url.Parameters.Any(parameter => parameter.Name == "connect_timeout"))
            return url;

        var text = url.Reveal();
        return DatabaseUrl.TryParse($"{text}{(text.Contains('?') ? '&' : '?')}connect_timeout={ConnectSeconds}", out var patient) ? patient : url;
    }

    private static async Task UntilAsync(Func<Task<bool>> isThere, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (var since = clock.GetTimestamp(); !await isThere();)
        {
            var waited = clock.GetElapsedTime(since);
            if (waited > patience)
                return;

            await Task.Delay(waited < Seldom ? OftenAtFirst : Seldom, clock, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<object?[]>> RowsAsync(string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = Command(sql, connection, parameters);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var all = new List<object?[]>();
        while (await rows.ReadAsync(cancellationToken))
            all.Add([.. Enumerable.Range(0, rows.FieldCount).Select(column => rows.IsDBNull(column) ? null : rows.GetValue(column))]);

        return all;
    }

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, params object[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });

        return command;
    }
}

/// <param name="Version">As the server tells it.</param>
/// <param name="Tls">Version and cipher; null: the connection is not encrypted.</param>
/// <param name="Scram">The login was by SCRAM-SHA-256.</param>
/// <param name="IsReplica">The server only follows another one.</param>
internal sealed record ConnectionLook(string Version, int Major, string Role, string Database, string? Tls, bool Scram, bool IsReplica);

internal sealed record RequestRow(long Id, string? Route, string? Model, int? Status);

/// <param name="Responses">How many belong to the one request.</param>
internal sealed record RowsLook(IReadOnlyList<RequestRow> Requests, int Responses);

internal sealed record JoinedRow(long ResponseId, long Id, string RequestId, decimal LatencyMs, string Outcome, long? TotalTokens);

/// <param name="Orphans">Responses without their request.</param>
/// <param name="Unanswered">Requests without their response.</param>
/// <param name="Orphan">The request's id that an orphan names, for example.</param>
internal sealed record HalvesLook(long Requests, long Orphans, long Unanswered, long? Orphan, long? UnansweredId);
