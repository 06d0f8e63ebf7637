using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Application.RequestLogs;

/// <summary>One authenticated call as it goes through the gateway: who, what line, since when.</summary>
/// <param name="StartedTimestamp"><see cref="TimeProvider.GetTimestamp"/> at the request's first line.</param>
/// <param name="Content">How much of what is said the log keeps.</param>
public sealed record ClientCall(
    RequestId Id, ApiKey Caller, RequestLine Line, DateTimeOffset StartedAt, long StartedTimestamp, ContentPolicy Content = ContentPolicy.Full)
{
    /// <summary>How long the call has waited for its log record so far: the answer's <c>X-DB-Overhead</c>.</summary>
    public TimeSpan JournalWait { get; private set; }

    public TimeSpan Elapsed(TimeProvider clock) => clock.GetElapsedTime(StartedTimestamp);

    internal void Waited(TimeSpan wait) => JournalWait += wait;
}

/// <summary>A message that answers an authenticated call by itself; its exchange is recorded around its handler.</summary>
public interface IRecordedCall
{
    ClientCall Call { get; }
}
