using CleanGateway.Application.Common;

namespace CleanGateway.Application.Statistics;

/// <summary>How much is logged, what logging costs a call, and how well connections are reused.</summary>
public sealed record GetDatabaseStatistics : IQuery<DatabaseStatistics>;

/// <param name="Responses">Equal to <paramref name="Requests"/> at rest: every request has exactly one.</param>
/// <param name="LoggingOverhead">Null before the first call since the gateway started.</param>
public sealed record DatabaseStatistics(
    RowCount Requests, RowCount Responses, PoolStatistics ConnectionPool, LoggingOverhead? LoggingOverhead, JournalStatistics Journal);

/// <param name="Exact">False when counting would have taken too long and the planner's estimate is given.</param>
public sealed record RowCount(long Count, bool Exact);

/// <param name="Opened">How often a connection was asked for since the gateway started.</param>
/// <param name="Connected">How often one had to be made anew.</param>
/// <param name="ReuseRate">Share of the first that did not need the second, 0 to 1.</param>
public sealed record PoolStatistics(long Opened, long Connected, decimal ReuseRate);

/// <summary>Milliseconds that the latest calls waited for their log records.</summary>
/// <param name="Calls">Over how many calls.</param>
public sealed record LoggingOverhead(int Calls, double P50Ms, double P95Ms, double P99Ms, double MaxMs);

/// <param name="Waiting">Exchanges that are not in the database yet.</param>
/// <param name="Written">Exchanges written to the database since the gateway started.</param>
public sealed record JournalStatistics(bool Healthy, long Waiting, long Written)
{
    /// <summary>How long the oldest exchange that is not in the database has been waiting for it.</summary>
    public double LagMs { get; init; }

    /// <summary>Bytes on the gateway's own disk; 0 without a spool.</summary>
    public long SpoolBytes { get; init; }

    /// <summary>Writes to the database that failed and were made again.</summary>
    public long Retries { get; init; }

    /// <summary>Pieces put aside because they are damaged, or because the database will not have them; above 0 is an alarm.</summary>
    public long Quarantined { get; init; }

    /// <summary>Exchanges thrown away: there is no way for one to be.</summary>
    public long Dropped { get; }
}
