using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Telemetry;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Application.Inference;

/// <summary>The way of every call that a model answers, whichever API it came through: find, admit, record, send, record.</summary>
internal sealed class InferenceCalls(
    IGatewaySnapshots snapshots, IAdmission admission, CallRecorder recorder, GatewayMetrics metrics, GenAiMetrics genAi,
    IContentCapture capture, Shutdown shutdown, TimeProvider clock)
{
    public async Task<InferenceOutcome> AnswerAsync(InferenceRequest request, ClientCall call, CancellationToken cancellationToken)
    {
        var log = CallRecorder.Begin(call);
        log.Asked(LoggedBody.Exact(request.Body), request.Model, request.User, request.Stream);

        if (recorder.Unavailable() is { } unavailable)
            return new InferenceOutcome.Refused(unavailable);

        var (target, refusal) = await recorder.OrBreakOffAsync(call, log, () => FindAsync(request, call, cancellationToken), cancellationToken);
        if (target is null)
            return new InferenceOutcome.Refused(await recorder.RefuseAsync(call, log, refusal!));

        refusal = await recorder.OrBreakOffAsync(call, log, () => AdmitAsync(request, call, target, cancellationToken), cancellationToken);
        if (refusal is not null)
            return new InferenceOutcome.Refused(await recorder.RefuseAsync(call, log, refusal));

        if (call.Admittance is { OutputCap: { } cap })
        {
            if (cap != request.MaxTokens || request.HasTwoCaps)
                call.Allowance = call.Allowance! with { OutputCap = cap };
            request = request.Capped(cap);   // the caller's own may stand in a field that the provider does not read
        }

        if (request.IsFree)
            log.Ask(target.Destination);
        else
            log.Dispatch(target.Destination, request.Reserve());
        if (await recorder.AcceptAsync(call, log, cancellationToken) is { } notLogged)
            return new InferenceOutcome.Refused(notLogged);

        var lifetime = new CallLifetime(shutdown, cancellationToken);
        var outcome = await recorder.OrBreakOffAsync(
            call, log, () => SendAsync(request, call, target, lifetime), cancellationToken, request.IsFree ? null : request.Unanswered);
        if (outcome is InferenceOutcome.Streaming streaming)
            return Meter(request, call, log, streaming, lifetime);

        lifetime.Dispose();
        return outcome switch
        {
            InferenceOutcome.Completed completed => await CompleteAsync(request, call, log, completed),
            InferenceOutcome.Refused refused => refused with { Error = await recorder.RefuseAsync(call, log, refused.Error, refused.MayBeBilled, refused.IsProvidersWord) },
            _ => throw new InvalidOperationException($"{outcome.GetType()} is no outcome of a call."),
        };
    }

    private async Task<(InferenceTarget? Target, GatewayError? Refusal)> FindAsync(InferenceRequest request, ClientCall call, CancellationToken cancellationToken)
    {
        if (!call.Caller.Allows(request.Model))
            return (null, GatewayError.ModelNotAllowed(request.Model));

        var target = snapshots.Current.FindTarget(request.Model, request.Api)
            ?? (await snapshots.LookAgainAsync(request.Model, cancellationToken)).FindTarget(request.Model, request.Api);
        if (target is null)
            return (null, GatewayError.UnknownModel(request.Model));

        return (target with { Caller = call.Caller.Id, DropParams = target.DropParams || call.Caller.DropParams }, null);
    }

    private async Task<GatewayError?> AdmitAsync(
        InferenceRequest request, ClientCall call, InferenceTarget target, CancellationToken cancellationToken)
    {
        GatewayError? refusal = null;
        if (call.Caller.IsLimited)
        {
            using var span = CallSpans.Admission();
            refusal = await admission.AdmitAsync(call, target.Destination.Model, request.Needs(target), cancellationToken);
            metrics.AdmissionAnswered(refusal);
        }
        else
        {
            metrics.NothingToAdmit();
        }

        CallSpans.Admitted(call, refusal);
        return refusal;
    }

    private async Task<InferenceOutcome> SendAsync(InferenceRequest request, ClientCall call, InferenceTarget target, CallLifetime lifetime)
    {
        call.ModelCall = ModelCall.Begin(request, call, target, genAi, capture, clock);
        if (call.ModelCall is not null || call.TraceContext is not null)
            target = target with { ModelCall = call.ModelCall, TraceContext = CallSpans.Onwards(call) };
        var started = clock.GetTimestamp();
        var isAnswered = false;
        try
        {
            var outcome = await target.Provider.SendAsync(request, target, lifetime.Token);
            isAnswered = true;
            if (outcome is InferenceOutcome.Streaming)
                call.ModelCall?.Began();
            return outcome;
        }
        catch (OperationCanceledException) when (lifetime.WasCutShort)
        {
            return new InferenceOutcome.Refused(GatewayError.Shutdown, MayBeBilled: true);
        }
        finally
        {
            if (!isAnswered)
                lifetime.Dispose();
            var wait = clock.GetElapsedTime(started);
            call.WaitedForUpstream(wait);
            metrics.UpstreamAnswered(target.Destination, wait);
        }
    }

    private async Task<InferenceOutcome> CompleteAsync(InferenceRequest request, ClientCall call, RequestLog log, InferenceOutcome.Completed completed)
    {
        var said = completed.Usage.Usage is null ? OutputEstimate.Tokens(request.BytesSaid(completed.Json.Span)) : 0;
        call.ModelCall?.Said(completed.Json);
        var answer = new Answer(200, LoggedBody.Exact(completed.Json), request.Used(completed.Usage, said), completed.Model);
        var failed = await recorder.CompleteAsync(call, log.Answered(answer, recorder.Elapsed(call)));
        return failed is null ? completed : new InferenceOutcome.Refused(failed);
    }

    private InferenceOutcome.Streaming Meter(InferenceRequest request, ClientCall call, RequestLog log, InferenceOutcome.Streaming streaming, CallLifetime lifetime)
    {
        metrics.StreamOpened();
        return streaming with { Events = new MeteredStream(streaming.Events, request, call, log, lifetime, recorder, metrics, clock) };
    }
}
