using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Inference;

/// <summary>
/// A provider's stream that keeps the books: it counts usage, hides from the caller what only the gateway had asked
/// for, and records the exchange before it reports the end, however that came about.
/// </summary>
internal sealed class MeteredStream(
    InferenceStream upstream, InferenceRequest request, ClientCall call, RequestLog log, CallLifetime lifetime, CallRecorder recorder, GatewayMetrics metrics,
    TimeProvider clock) : InferenceStream
{
    private const int StreamingStatus = 200;
    private const string FailedCode = "upstream_error";

    // As much as a whole answer may have. Of a longer stream the log keeps what it used, and no words.
    private const long MostKeptBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(5);

    private ITranscript? transcript = request.NewTranscript();
    private UsageReport usage = UsageReport.None;
    private UsagePart? parts;
    private string? model;
    private readonly long openedAt = clock.GetTimestamp();
    private long reportedAt = clock.GetTimestamp();
    private long deltas;
    private long bytesSaid;
    private long seenBytes;
    private bool hasFailed;
    private bool ended;
    private bool disposed;

    public override async ValueTask<bool> MoveNextAsync()
    {
        if (ended)
            return false;

        try
        {
            while (await upstream.MoveNextAsync())
            {
                if (Observe(upstream.Current, upstream.Facts))
                    return true;
            }
        }
        catch (OperationCanceledException) when (lifetime.WasCutShort)
        {
            Error = GatewayError.Shutdown;
            Error = await EndAsync(ExchangeOutcome.Shutdown, Error.Code) ?? Error;
            return false;
        }
        catch (OperationCanceledException)
        {
            await EndAsync(ExchangeOutcome.ClientClosed, GatewayError.ClientClosed.Code);
            throw;
        }
        catch (Exception)
        {
            await EndAsync(ExchangeOutcome.GatewayError, "internal_error");
            throw;
        }

        // Callers have been told by the provider itself what has failed: nothing broke off.
        Error = upstream.Error ?? TruncationError();
        Error = await EndAsync(
            Error is null && !hasFailed ? ExchangeOutcome.Ok : ExchangeOutcome.UpstreamError, Error?.Code ?? (hasFailed ? FailedCode : null)) ?? Error;
        return false;
    }

    public override async ValueTask DisposeAsync()
    {
        if (disposed)
            return;

        // Hanging up comes first: the record may have to wait, and the upstream is paid by the word.
        disposed = true;
        metrics.StreamClosed();
        try
        {
            await upstream.DisposeAsync();
        }
        finally
        {
            // Given up before its end: there is no one left to read it.
            await EndAsync(ExchangeOutcome.ClientClosed, GatewayError.ClientClosed.Code);
            lifetime.Dispose();
        }
    }

    /// <returns>Whether the caller is to see the chunk.</returns>
    private bool Observe(ReadOnlyMemory<byte> chunk, AnswerFacts seen)
    {
        model ??= seen.Model;
        hasFailed |= seen.HasFailed;

        // The last report that says something counts: some servers repeat a growing one on every chunk.
        if (seen.Usage is { } reported && reported != UsageReport.None)
            usage = reported;
        if (seen.UsagePart is { } part)
            parts = part.Over(parts);

        if (seen.HasOutput)
        {
            deltas++;
            var said = request.BytesSaid(chunk.Span);
            if (bytesSaid == 0 && said > 0)
                metrics.FirstToken(log, recorder.Elapsed(call));   // many providers begin with an event that only says who speaks
            bytesSaid += said;
        }

        if (clock.GetElapsedTime(reportedAt) >= ReportInterval)
            Report();

        seenBytes += chunk.Length;
        if (seenBytes > MostKeptBytes)
            transcript = null;
        transcript?.Add(chunk.Span);
        (Current, Name, Facts) = (chunk, upstream.Name, seen);
        if (!request.HidesUsage || (seen.UsageMember ?? seen.OtherUsageMember) is null)
            return true;

        Current = WithoutUsage(chunk, seen);
        return seen.HasOutput || seen.Usage is null;
    }

    private static ReadOnlyMemory<byte> WithoutUsage(ReadOnlyMemory<byte> chunk, AnswerFacts seen)
    {
        var edits = new JsonEdits();
        if (seen.UsageMember is { } member)
            edits.Replace(member, default);
        if (seen.OtherUsageMember is { } other)
            edits.Replace(other, default);
        return edits.ApplyTo(chunk);
    }

    // Providers send about a token with each event; what they themselves have counted is better.
    private void Report()
    {
        reportedAt = clock.GetTimestamp();
        recorder.Report(log, request.Used(Counted, Said).Usage!.Value);
    }

    private UsageReport Counted => usage == UsageReport.None && parts is not null ? parts.ToReport(Said) : usage;

    private long Said => OutputEstimate.Tokens(bytesSaid, deltas);

    // Servers that forget [DONE] are tolerated where every choice has said how it finished. Without either, what
    // looks like an end is a broken connection.
    private GatewayError? TruncationError() => upstream.Terminated || transcript is { IsFinished: true }
        ? null
        : GatewayError.UpstreamFailed("upstream_truncated", "The provider's stream broke off before its end.");

    private async ValueTask<GatewayError?> EndAsync(ExchangeOutcome outcome, string? errorCode)
    {
        if (ended)
            return null;

        ended = true;
        call.WaitedForUpstream(clock.GetElapsedTime(openedAt));
        var body = transcript is null ? LoggedBody.Omitted : transcript.IsEmpty ? LoggedBody.None : Assembled(transcript.ToJson());
        var answer = new Answer(StreamingStatus, body, request.Used(Counted, Said), model);
        var exchange = outcome == ExchangeOutcome.Ok
            ? log.Answered(answer, recorder.Elapsed(call))
            : log.BrokeOff(outcome, errorCode ?? "internal_error", answer, recorder.Elapsed(call));

        return await recorder.CompleteAsync(call, exchange);
    }

    private LoggedBody Assembled(ReadOnlyMemory<byte> said)
    {
        call.ModelCall?.Said(said);
        return LoggedBody.Assembled(said);
    }
}
