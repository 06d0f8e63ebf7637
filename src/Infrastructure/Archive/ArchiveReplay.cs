using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using Npgsql;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>
/// Writes archived calls into a database that has not got them, as after it was restored to an earlier time: requests,
/// responses, the ledger, monthly sums and budgets, as the journal would. What is there already is left alone and not counted again.
/// </summary>
public sealed class ArchiveReplay
{
    private const int Connections = 4;

    // The state of those that are in the database. One whose end was corrected has a later line that says so.
    private const string States =
        """
        SELECT q.request_id, r.status_code, r.outcome, r.error_code
        FROM unnest($1, $2) AS asked(request_id, created_at)
        JOIN requests q ON q.request_id = asked.request_id AND q.created_at = asked.created_at
        JOIN responses r ON r.request_id_fk = q.id AND r.request_created_at = q.created_at
        """;

    // Months that were counted and whose ledger is gone, whatever the settings say today: a line of theirs would be counted again.
    private const string ClosedMonths =
        """
        SELECT DISTINCT year, month FROM monthly_usage_summary s
        WHERE total_requests > 0 AND NOT EXISTS (
            SELECT FROM usage_records u
            WHERE u.created_at >= make_timestamptz(s.year, s.month, 1, 0, 0, 0, 'UTC')
              AND u.created_at < make_timestamptz(s.year, s.month, 1, 0, 0, 0, 'UTC') + interval '1 month')
        """;

    private const string InLedger =
        "SELECT count(*) FROM unnest($1, $2) AS asked(request_id, created_at) JOIN usage_records USING (request_id, created_at)";

    private readonly GatewayDatabase database;
    private readonly ExchangeWriter writer;
    private readonly DateTimeOffset oldestInLedger;
    private readonly DateTimeOffset oldestInLog;
    private readonly HashSet<(int Year, int Month)> closed = [];
    private readonly List<string> problems = [];
    private long written;
    private long known;
    private long corrected;
    private long tooOld;
    private long withoutLog;

    private ArchiveReplay(GatewayDatabase database, GatewaySettings settings, TimeProvider clock)
    {
        this.database = database;
        writer = new ExchangeWriter(database);
        oldestInLedger = OldestInLedger(settings, clock);
        oldestInLog = settings.LogRetentionDays > 0
            ? new DateTimeOffset(clock.GetUtcNow().UtcDateTime.Date.AddDays(-settings.LogRetentionDays), TimeSpan.Zero)
            : DateTimeOffset.MinValue;
    }

    /// <param name="paths">Files of the archive, and folders in which all of them are taken.</param>
    /// <param name="since">Files of earlier hours (UTC) are passed over; null takes all.</param>
    /// <exception cref="StartException">A path leads nowhere, or the database cannot be reached or has not this version's schema.</exception>
    public static async Task<ReplayReport> RunAsync(
        DatabaseUrl url, GatewaySettings settings, IEnumerable<string> paths, DateTimeOffset? since, TimeProvider clock, CancellationToken cancellationToken)
    {
        var files = ArchiveFiles.Find(paths, since);
        await using var database = new GatewayDatabase(url, Connections);
        var replay = new ArchiveReplay(database, settings, clock);
        try
        {
            await replay.FindClosedMonthsAsync(cancellationToken);
            foreach (var file in files)
                await replay.ReadAsync(file, cancellationToken);
        }
        catch (NpgsqlException refused)
        {
            throw new StartException($"The database refused after {replay.written} calls had been written: {refused.GetBaseException().Message}", refused);
        }

        return new ReplayReport(files.Count, replay.written, replay.known, replay.corrected, replay.tooOld, replay.withoutLog, replay.problems);
    }

    // Of months whose ledger is gone the sums are kept: a line of theirs would be counted a second time.
    private static DateTimeOffset OldestInLedger(GatewaySettings settings, TimeProvider clock)
    {
        var today = clock.GetUtcNow().UtcDateTime;
        return settings.LedgerRetentionMonths > 0
            ? new DateTimeOffset(today.Year, today.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(-settings.LedgerRetentionMonths)
            : DateTimeOffset.MinValue;
    }

    // What a damaged file still gives is taken; the rest of it is told, and does not keep other files from being read.
    private async Task ReadAsync(string file, CancellationToken cancellationToken)
    {
        var batch = new List<ExchangeRow>();
        var (bytes, number) = (0L, 0L);
        try
        {
            await foreach (var line in ArchiveFiles.LinesAsync(file, cancellationToken))
            {
                number++;
                if (TryParse(line, $"{file}: line {number}") is not { } row)
                    continue;

                batch.Add(row);
                bytes += row.Size;
                if (batch.Count < ExchangeBatches.MostExchanges && bytes < ExchangeBatches.MostBytes)
                    continue;

                await WriteAsync(batch, cancellationToken);
                batch.Clear();
                bytes = 0;
            }
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"{file}: cannot be read behind line {number}: {damaged.Message}");
        }

        await WriteAsync(batch, cancellationToken);
    }

    private ExchangeRow? TryParse(ReadOnlyMemory<byte> line, string place)
    {
        try
        {
            var row = ArchivedExchange.Parse(line);
            var month = row.Request.CreatedAt.UtcDateTime;
            if (row.Request.CreatedAt >= oldestInLedger && !closed.Contains((month.Year, month.Month)))
                return row;

            tooOld++;
        }
        catch (FormatException wrong)
        {
            problems.Add($"{place}: {wrong.Message}");
        }

        return null;
    }

    private async Task WriteAsync(List<ExchangeRow> lines, CancellationToken cancellationToken)
    {
        // Of several lines of one call the last says how it stands; in one order, so that two writers never wait in a circle.
        var rows = lines.GroupBy(row => row.Request.RequestId, StringComparer.Ordinal).Select(same => same.Last())
            .OrderBy(row => row.Request.RequestId, StringComparer.Ordinal).ToList();
        var past = rows.Where(row => row.Request.CreatedAt < oldestInLog).ToList();
        if (past.Count > 0)
            await WritePastAsync(past, cancellationToken);
        rows = [.. rows.Except(past)];
        if (rows.Count == 0)
            return;

        var states = await StatesAsync(rows, cancellationToken);
        await writer.WriteAsync(rows, cancellationToken);

        var others = rows.Where(row => states.TryGetValue(row.Request.RequestId, out var state) && state != State.Of(row)).ToList();
        if (others.Count > 0)
            await writer.CorrectAsync(others, cancellationToken);

        known += states.Count;
        written += rows.Count - states.Count;
        corrected += others.Count;
    }

    // What was said in them is past its time; what they cost is not.
    private async Task WritePastAsync(List<ExchangeRow> past, CancellationToken cancellationToken)
    {
        withoutLog += past.Count;
        var billed = past.Where(row => row.Usage is not null).ToList();
        if (billed.Count == 0)
            return;

        await using var command = Ask(InLedger, billed);
        var there = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        await writer.WriteUsageAsync(billed, cancellationToken);
        known += there;
        written += billed.Count - there;
    }

    private async Task FindClosedMonthsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand(ClosedMonths);
        await using var found = await command.ExecuteReaderAsync(cancellationToken);
        while (await found.ReadAsync(cancellationToken))
            closed.Add((found.GetInt32(0), found.GetInt32(1)));
    }

    private NpgsqlCommand Ask(string sql, List<ExchangeRow> rows)
    {
        var command = database.Source.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(row => row.Request.RequestId)] });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset[]> { TypedValue = [.. rows.Select(row => row.Request.CreatedAt)] });
        return command;
    }

    private async Task<Dictionary<string, State>> StatesAsync(List<ExchangeRow> rows, CancellationToken cancellationToken)
    {
        await using var command = Ask(States, rows);
        var states = new Dictionary<string, State>(StringComparer.Ordinal);
        await using var found = await command.ExecuteReaderAsync(cancellationToken);
        while (await found.ReadAsync(cancellationToken))
            states[found.GetString(0)] = new State(found.GetInt32(1), found.GetString(2), await found.IsDBNullAsync(3, cancellationToken) ? null : found.GetString(3));

        return states;
    }

    private sealed record State(int StatusCode, string Outcome, string? ErrorCode)
    {
        public static State Of(ExchangeRow row) => new(row.Request.StatusCode, row.Response.Outcome, row.Response.ErrorCode);
    }
}

/// <summary>What a replay came to, in calls.</summary>
/// <param name="Files">How many files were read.</param>
/// <param name="Written">Calls the database had not got.</param>
/// <param name="Known">Calls that were there already.</param>
/// <param name="Corrected">Those among them whose end the archive tells otherwise: they say now what it says.</param>
/// <param name="TooOld">Lines of months whose ledger is past LEDGER_RETENTION_MONTHS, or was counted and is gone, which were left out.</param>
/// <param name="WithoutLog">Lines past LOG_RETENTION_DAYS: of these the ledger alone was looked after.</param>
/// <param name="Problems">What could not be read, a line each.</param>
public sealed record ReplayReport(int Files, long Written, long Known, long Corrected, long TooOld, long WithoutLog, IReadOnlyList<string> Problems);
