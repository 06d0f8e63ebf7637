using System.Diagnostics;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Telemetry;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Application.RequestLogs;

/// <summary>One authenticated call as it goes through the gateway: who, what line, since when.</summary>
/// <param name="StartedTimestamp"><see cref="TimeProvider.GetTimestamp"/> at the request's first line.</param>
/// <param name="Content">How much of what is said the log keeps.</param>
public sealed record ClientCall(
    RequestId Id, ApiKey Caller, RequestLine Line, DateTimeOffset StartedAt, long StartedTimestamp, ContentPolicy Content = ContentPolicy.Full)
{
    /// <summary>The API it came through.</summary>
    public ApiFormat Api { get; init; }

    /// <summary>The trace that the caller is in; null where it names none.</summary>
    public TraceContext? TraceContext { get; init; }

    /// <summary>The span of the call's request; null where calls are not traced, or not this one.</summary>
    public Activity? ServerSpan { get; init; }

    /// <summary>What telemetry sees of the call of its model; null before there is one, and where nobody listens.</summary>
    internal ModelCall? ModelCall { get; set; }

    /// <summary>How long the call has waited for its log record so far: the answer's <c>X-DB-Overhead</c>.</summary>
    public TimeSpan JournalWait { get; private set; }

    /// <summary>
    /// How long the call has waited for its provider so far, of a stream until its end: that a caller reads slowly is part
    /// of it. Null when no provider was asked.
    /// </summary>
    public TimeSpan? UpstreamWait { get; private set; }

    /// <summary>How long the gateway has waited for the bytes of the request.</summary>
    public TimeSpan CallerWait { get; private set; }

    /// <summary>What the call holds of its key's limits and budgets; null when it has none, or holds nothing.</summary>
    public Admittance? Admittance { get; set; }

    /// <summary>What the caller is told of its limits; null when it has none.</summary>
    public Allowance? Allowance { get; set; }

    public TimeSpan Elapsed(TimeProvider clock) => clock.GetElapsedTime(StartedTimestamp);

    /// <summary>The request's body took so long to come.</summary>
    public void WaitedForCaller(TimeSpan wait) => CallerWait += wait;

    internal void Waited(TimeSpan wait) => JournalWait += wait;

    internal void WaitedForUpstream(TimeSpan wait) => UpstreamWait = (UpstreamWait ?? TimeSpan.Zero) + wait;
}

/// <summary>A message that answers an authenticated call by itself; its exchange is recorded around its handler.</summary>
public interface IRecordedCall
{
    ClientCall Call { get; }
}
