using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Statistics;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Statistics;

internal sealed class GetDatabaseStatisticsHandler(
    GatewayDatabase database, ReportsDatabase reports, IJournal journal, JournalWaits waits)
    : IRequestHandler<GetDatabaseStatistics, DatabaseStatistics>
{
    private const string CountDeadline = "3s";

    public async Task<DatabaseStatistics> Handle(GetDatabaseStatistics query, CancellationToken cancellationToken)
    {
        var requests = await reports.ReadAsync(connection => CountAsync(connection, "requests", cancellationToken), cancellationToken);
        var responses = await reports.ReadAsync(connection => CountAsync(connection, "responses", cancellationToken), cancellationToken);
        var overhead = waits.Measure() is { } measured
            ? new LoggingOverhead(measured.Calls, Ms(measured.P50), Ms(measured.P95), Ms(measured.P99), Ms(measured.Max))
            : null;

        return new DatabaseStatistics(requests, responses, database.Pool, overhead, journal.Statistics);

        static double Ms(TimeSpan wait) => Math.Round(wait.TotalMilliseconds, 3);
    }

    private static async Task<RowCount> CountAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await using var count = new NpgsqlCommand($"SET LOCAL statement_timeout = '{CountDeadline}'; SELECT count(*) FROM {table}", connection);
            return new RowCount((long)(await count.ExecuteScalarAsync(cancellationToken))!, Exact: true);
        }
        catch (PostgresException tooSlow) when (tooSlow.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            await transaction.RollbackAsync(cancellationToken);
            await using var estimate = new NpgsqlCommand(
                $"""
                SELECT coalesce(sum(reltuples) FILTER (WHERE reltuples > 0), 0)::bigint
                FROM pg_partition_tree('{table}') JOIN pg_class ON oid = relid WHERE isleaf
                """,
                connection);
            return new RowCount((long)(await estimate.ExecuteScalarAsync(cancellationToken))!, Exact: false);
        }
    }
}
