using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.Archive;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Journal;

/// <summary>
/// Writes batches of exchanges so that one the database objects to does not take the others with it. What is in the
/// database then goes to the archive, as it stands in the tables.
/// </summary>
internal sealed partial class ExchangeBatches(
    ExchangeWriter writer, IExchangeArchive archive, ILedgerWatch ledger, GatewayMetrics metrics, TimeProvider clock, ILogger<ExchangeBatches> logger)
{
    /// <summary>Most exchanges of a batch, and most bytes of bodies after which no further one is added.</summary>
    public const int MostExchanges = 500;
    public const long MostBytes = 4 * 1024 * 1024;

    /// <summary>
    /// Writes all of them: as they are, or where the data itself is at fault in their safe form. May be called again with
    /// the same exchanges after an error, and has to be: what the archive did not take may be in the database already.
    /// </summary>
    /// <returns>Those that the database refused even so.</returns>
    /// <exception cref="Exception">Anything that may be better the next time.</exception>
    public async Task<IReadOnlyList<ExchangeRow>> WriteAsync(IReadOnlyList<ExchangeRow> exchanges, CancellationToken cancellationToken)
    {
        var refused = new List<ExchangeRow>();
        await WriteAsync(InOneOrder(exchanges), refused, cancellationToken);
        return refused;
    }

    /// <summary>Makes rows that are there already say how these exchanges really ended.</summary>
    public async Task CorrectAsync(IReadOnlyList<ExchangeRow> exchanges, CancellationToken cancellationToken)
    {
        var corrected = InOneOrder(exchanges);
        await writer.CorrectAsync(corrected, cancellationToken);
        await archive.AppendAsync(corrected, cancellationToken);
    }

    // A batch that is read again may hold an exchange twice; and two writers that take rows in one order never wait for
    // each other in a circle.
    private static List<ExchangeRow> InOneOrder(IEnumerable<ExchangeRow> exchanges) =>
        [.. exchanges.DistinctBy(exchange => exchange.Request.RequestId).OrderBy(exchange => exchange.Request.RequestId, StringComparer.Ordinal)];

    private async Task WriteAsync(List<ExchangeRow> exchanges, List<ExchangeRow> refused, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAndArchiveAsync(exchanges, cancellationToken);
        }
        catch (PostgresException objection) when (IsInTheData(objection))
        {
            if (exchanges is [var culprit])
            {
                await WriteInSafeFormAsync(culprit, objection, refused, cancellationToken);
                return;
            }

            var half = exchanges.Count / 2;
            await WriteAsync(exchanges[..half], refused, cancellationToken);
            await WriteAsync(exchanges[half..], refused, cancellationToken);
        }
    }

    private async Task WriteAndArchiveAsync(IReadOnlyList<ExchangeRow> exchanges, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        await writer.WriteAsync(exchanges, cancellationToken);
        metrics.JournalCommitted(clock.GetElapsedTime(began));
        ledger.Written(exchanges);
        await archive.AppendAsync(exchanges, cancellationToken);
    }

    private async Task WriteInSafeFormAsync(ExchangeRow culprit, PostgresException objection, List<ExchangeRow> refused, CancellationToken cancellationToken)
    {
        LogRefused(culprit.Request.RequestId, objection.SqlState, objection.TableName, objection.ConstraintName);
        try
        {
            await WriteAndArchiveAsync([culprit.InSafeForm()], cancellationToken);
        }
        catch (PostgresException again) when (IsInTheData(again))
        {
            LogRefusedForGood(culprit.Request.RequestId, again.SqlState, again.TableName, again.ConstraintName);
            refused.Add(culprit);
        }
    }

    // Data exceptions (22…), constraint violations (23…) and program limits (54…) stay however often one tries; all
    // other errors pass (PostgreSQL documentation, appendix A).
    private static bool IsInTheData(PostgresException objection) => objection.SqlState[..2] is "22" or "23" or "54";

    [LoggerMessage(LogLevel.Warning, "{RequestId} was refused by the database ({SqlState}, {Table} {Constraint}); storing it in a safe form")]
    private partial void LogRefused(string requestId, string sqlState, string? table, string? constraint);

    [LoggerMessage(LogLevel.Critical, "{RequestId} was refused by the database even in its safe form ({SqlState}, {Table} {Constraint}); it is in no table")]
    private partial void LogRefusedForGood(string requestId, string sqlState, string? table, string? constraint);
}
