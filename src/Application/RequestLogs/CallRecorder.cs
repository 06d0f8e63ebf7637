using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Application.Telemetry;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Application.RequestLogs;

/// <summary>Takes a call's exchange to the journal, and counts what that took.</summary>
internal sealed partial class CallRecorder(
    IExchangeJournal journal, JournalWaits waits, GatewayMetrics metrics, TimeProvider clock, ILogger<CallRecorder> logger)
{
    public static RequestLog Begin(ClientCall call) =>
        RequestLog.Begin(call.Id, call.Caller.Id, call.Line, call.StartedAt, call.Content, call.Caller.ProjectId);

    public TimeSpan Elapsed(ClientCall call) => call.Elapsed(clock);

    /// <returns>Null when calls can be recorded; else what a caller is to be told.</returns>
    public GatewayError? Unavailable()
    {
        if (journal.IsAvailable)
            return null;

        metrics.CallNotLogged();
        return GatewayError.LogUnavailable;
    }

    /// <summary>Records that the call goes upstream now.</summary>
    /// <returns>Null when it may.</returns>
    public async ValueTask<GatewayError?> AcceptAsync(ClientCall call, RequestLog request, CancellationToken cancellationToken)
    {
        using var span = CallSpans.JournalAccept();
        var started = clock.GetTimestamp();
        var accepted = false;
        try
        {
            accepted = await journal.AcceptAsync(request, cancellationToken);
        }
        finally
        {
            if (!accepted && call.Admittance is { } unused)
                await unused.ReleaseAsync();
        }

        var took = clock.GetElapsedTime(started);
        call.Waited(took);
        metrics.AcceptAppended(took);
        if (accepted)
            return null;

        metrics.CallNotLogged();
        return GatewayError.LogUnavailable;
    }

    /// <summary>Notes how far a long stream has come.</summary>
    public void Report(RequestLog request, TokenUsage seen) => journal.Report(request, seen);

    /// <param name="label">What metrics call the error, where its code is not the gateway's own; null: by its code.</param>
    /// <returns>Null when the exchange is permanent; else the error that the caller must get instead of the answer.</returns>
    public async ValueTask<GatewayError?> CompleteAsync(ClientCall call, Exchange exchange, string? label = null)
    {
        call.ModelCall?.End(exchange, label ?? exchange.Response.ErrorCode);
        using var span = CallSpans.JournalComplete();
        var started = clock.GetTimestamp();

        // The caller may be gone; the record is written all the same. The journal bounds the wait itself.
        var completed = false;
        try
        {
            completed = await journal.CompleteAsync(exchange, CancellationToken.None);
        }
        finally
        {
            // After the record, never before: whoever finds the gateway dead in between learns from the ledger what the call cost.
            var took = clock.GetElapsedTime(started);
            call.Waited(took);
            metrics.CompleteAppended(took);
            if (call.Admittance is { } admitted)
                await SettleAsync(admitted, exchange.Usage);
        }

        waits.Add(call.JournalWait);
        metrics.WaitedForJournal(call.JournalWait);
        if (!completed)
            exchange = exchange.Withdrawn(GatewayError.LogUnavailable, ErrorBody.StatusOf(GatewayError.LogUnavailable.Kind));

        CallSpans.Ended(call, exchange);
        var latency = Elapsed(call);
        metrics.CallEnded(exchange, latency, completed ? label : null);
        if (call.UpstreamWait is { } upstream)
            metrics.GatewayTook(exchange.Request.Route, latency - upstream - call.CallerWait);
        if (exchange.Response is { ErrorCode: { } code, Outcome: var outcome })
            LogEnded(call.Id.Value, outcome, code, exchange.Response.StatusCode);
        return completed ? null : GatewayError.LogUnavailable;
    }

    // What is not known to have cost anything is no part of a budget, as it is no part of the ledger's sums. Calls that
    // may have cost something are in the ledger with an estimate.
    private static ValueTask SettleAsync(Admittance admitted, UsageRecord? billed) => billed is null
        ? admitted.SettleAsync(Money.Zero, 0)
        : admitted.SettleAsync(Money.Settle(billed.TotalCostUsd ?? 0), billed.TotalTokens);

    /// <summary>Does what may be interrupted between acceptance and completion; if it is, that is how the exchange ends.</summary>
    /// <param name="used">What the call has used if it is; null when that cannot be told.</param>
    public async Task<T> OrBreakOffAsync<T>(
        ClientCall call, RequestLog request, Func<Task<T>> work, CancellationToken cancellationToken, Func<TokenUsage>? used = null)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await BreakOffAsync(ExchangeOutcome.ClientClosed, GatewayError.ClientClosed.Code, GatewayErrorKind.ClientClosed);
            throw;
        }
        catch (Exception failure) when (failure is not GatewayException)
        {
            await BreakOffAsync(ExchangeOutcome.GatewayError, "internal_error", GatewayErrorKind.Internal);
            throw;
        }

        async Task BreakOffAsync(ExchangeOutcome outcome, string code, GatewayErrorKind kind) => await CompleteAsync(
            call, request.BrokeOff(outcome, code, new Answer(ErrorBody.StatusOf(kind), LoggedBody.None, Used()), Elapsed(call)));

        UsageReport Used() => used is null ? UsageReport.None : UsageReport.Estimated(used());
    }

    /// <summary>Records that the gateway or the provider refused the call, and gives back what the caller is to be told.</summary>
    public async ValueTask<GatewayError> RefuseAsync(
        ClientCall call, RequestLog request, GatewayError error, bool mayBeBilled = false, bool isProvidersWord = false)
    {
        var body = LoggedBody.Exact(ErrorBody.Write(error, call.Api, call.Id.Value));
        var exchange = request.Refused(error, ErrorBody.StatusOf(error, call.Api), body, Elapsed(call), mayBeBilled, isProvidersWord);
        return await CompleteAsync(call, exchange, isProvidersWord ? LabelOf(error) : null) ?? error;
    }

    // Providers have any number of codes for what is wrong with a request, and metrics have room for few.
    private static string LabelOf(GatewayError error) =>
        error.Kind == GatewayErrorKind.Invalid && error.Code != GatewayError.ContentFilter ? GatewayError.InvalidRequest : error.Code;

    [LoggerMessage(LogLevel.Information, "{RequestId} ended {Outcome}, {Code}, with status {Status}")]
    private partial void LogEnded(string requestId, string outcome, string code, int status);
}
