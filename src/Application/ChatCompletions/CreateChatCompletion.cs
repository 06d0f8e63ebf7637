using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using MediatR;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// Has a chat answered by whoever serves its model. Not a command on purpose: its checks run against the snapshot, its
/// refusals are values, and it is on its way thousands of times a second.
/// </summary>
public sealed record CreateChatCompletion(ChatRequest Chat, ClientCall Call) : IRequest<ChatOutcome>;

internal sealed class CreateChatCompletionHandler(
    IGatewaySnapshots snapshots, IAdmission admission, CallRecorder recorder, GatewayMetrics metrics, Shutdown shutdown, TimeProvider clock)
    : IRequestHandler<CreateChatCompletion, ChatOutcome>
{
    public async Task<ChatOutcome> Handle(CreateChatCompletion message, CancellationToken cancellationToken)
    {
        var (chat, call) = message;
        var log = CallRecorder.Begin(call);
        log.Asked(LoggedBody.Exact(chat.Body), chat.Model, chat.User, chat.Stream);

        if (recorder.Unavailable() is { } unavailable)
            return new ChatOutcome.Refused(unavailable);

        var (target, refusal) = await recorder.OrBreakOffAsync(call, log, () => FindAsync(chat, call, cancellationToken), cancellationToken);
        if (target is null)
            return new ChatOutcome.Refused(await recorder.RefuseAsync(call, log, refusal!));

        refusal = await recorder.OrBreakOffAsync(call, log, () => AdmitAsync(chat, call, target, cancellationToken), cancellationToken);
        if (refusal is not null)
            return new ChatOutcome.Refused(await recorder.RefuseAsync(call, log, refusal));

        if (call.Admittance is { OutputCap: { } cap })
        {
            if (cap != chat.MaxTokens || chat.HasTwoCaps)
                call.Allowance = call.Allowance! with { OutputCap = cap };
            chat = chat.Capped(cap);   // the caller's own may stand in a field that the provider does not read
        }

        log.Dispatch(target.Destination, chat.Reserve());
        if (await recorder.AcceptAsync(call, log, cancellationToken) is { } notLogged)
            return new ChatOutcome.Refused(notLogged);

        var lifetime = new CallLifetime(shutdown, cancellationToken);
        var outcome = await recorder.OrBreakOffAsync(call, log, () => SendAsync(chat, target, lifetime), cancellationToken, chat.Unanswered);
        if (outcome is ChatOutcome.Streaming streaming)
            return Meter(chat, call, log, streaming, lifetime);

        lifetime.Dispose();
        return outcome switch
        {
            ChatOutcome.Completed completed => await CompleteAsync(chat, call, log, completed),
            ChatOutcome.Refused refused => refused with { Error = await recorder.RefuseAsync(call, log, refused.Error, refused.MayBeBilled, refused.IsProvidersWord) },
            _ => throw new InvalidOperationException($"{outcome.GetType()} is no outcome of a chat."),
        };
    }

    private async Task<(ChatTarget? Target, GatewayError? Refusal)> FindAsync(ChatRequest chat, ClientCall call, CancellationToken cancellationToken)
    {
        if (!call.Caller.Allows(chat.Model))
            return (null, GatewayError.ModelNotAllowed(chat.Model));

        var target = snapshots.Current.FindChat(chat.Model)
            ?? (await snapshots.LookAgainAsync(chat.Model, cancellationToken)).FindChat(chat.Model);
        return (target, target is null ? GatewayError.UnknownModel(chat.Model) : null);
    }

    private Task<GatewayError?> AdmitAsync(ChatRequest chat, ClientCall call, ChatTarget target, CancellationToken cancellationToken) =>
        call.Caller.IsLimited
            ? admission.AdmitAsync(call, target.Destination.Model, ChatNeeds.Of(chat, target), cancellationToken).AsTask()
            : Task.FromResult<GatewayError?>(null);

    private async Task<ChatOutcome> SendAsync(ChatRequest chat, ChatTarget target, CallLifetime lifetime)
    {
        var started = clock.GetTimestamp();
        var isAnswered = false;
        try
        {
            var outcome = await target.Provider.SendAsync(chat, target, lifetime.Token);
            isAnswered = true;
            return outcome;
        }
        catch (OperationCanceledException) when (lifetime.WasCutShort)
        {
            return new ChatOutcome.Refused(GatewayError.Shutdown, MayBeBilled: true);
        }
        finally
        {
            if (!isAnswered)
                lifetime.Dispose();
            metrics.UpstreamAnswered(target.Destination.ProviderName, clock.GetElapsedTime(started));
        }
    }

    private async Task<ChatOutcome> CompleteAsync(ChatRequest chat, ClientCall call, RequestLog log, ChatOutcome.Completed completed)
    {
        var said = completed.Usage.Usage is null ? OutputEstimate.Tokens(OutputEstimate.BytesSaid(completed.Json.Span)) : 0;
        var answer = new Answer(200, LoggedBody.Exact(completed.Json), chat.Used(completed.Usage, said), completed.Model);
        var failed = await recorder.CompleteAsync(call, log.Answered(answer, recorder.Elapsed(call)));
        return failed is null ? completed : new ChatOutcome.Refused(failed);
    }

    private ChatOutcome.Streaming Meter(ChatRequest chat, ClientCall call, RequestLog log, ChatOutcome.Streaming streaming, CallLifetime lifetime)
    {
        metrics.StreamOpened();
        return new ChatOutcome.Streaming(new MeteredChatStream(streaming.Events, chat, call, log, lifetime, recorder, metrics, clock));
    }
}
