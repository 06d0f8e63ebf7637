using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Statistics;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Statistics;

internal sealed class GetDatabaseStatisticsHandler(GatewayDatabase database, IJournal journal, JournalWaits waits)
    : IRequestHandler<GetDatabaseStatistics, DatabaseStatistics>
{
    private const string CountDeadline = "3s";

    public async Task<DatabaseStatistics> Handle(GetDatabaseStatistics query, CancellationToken cancellationToken)
    {
        var requests = await CountAsync("requests", cancellationToken);
        var responses = await CountAsync("responses", cancellationToken);
        var overhead = waits.Measure() is { } measured
            ? new LoggingOverhead(measured.Calls, Ms(measured.P50), Ms(measured.P95), Ms(measured.P99), Ms(measured.Max))
            : null;

        return new DatabaseStatistics(requests, responses, database.Pool, overhead, journal.Statistics);

        static double Ms(TimeSpan wait) => Math.Round(wait.TotalMilliseconds, 3);
    }

    private async Task<RowCount> CountAsync(string table, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
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
