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
    IGatewaySnapshots snapshots, CallRecorder recorder, GatewayMetrics metrics, TimeProvider clock)
    : IRequestHandler<CreateChatCompletion, ChatOutcome>
{
    public async Task<ChatOutcome> Handle(CreateChatCompletion message, CancellationToken cancellationToken)
    {
        var (chat, call) = message;
        var log = CallRecorder.Begin(call);
        log.Asked(LoggedBody.Exact(chat.Body), chat.Model, chat.User, chat.Stream);

        if (await recorder.AcceptAsync(call, log, cancellationToken) is { } unavailable)
            return new ChatOutcome.Refused(unavailable);

        var outcome = await recorder.OrBreakOffAsync(call, log, () => SendAsync(chat, call, log, cancellationToken), cancellationToken);
        return outcome switch
        {
            ChatOutcome.Completed completed => await CompleteAsync(call, log, completed),
            ChatOutcome.Streaming streaming => Meter(chat, call, log, streaming),
            ChatOutcome.Refused refused => await RefuseAsync(call, log, refused),
            _ => throw new InvalidOperationException($"{outcome.GetType()} is no outcome of a chat."),
        };
    }

    private async Task<ChatOutcome> SendAsync(ChatRequest chat, ClientCall call, RequestLog log, CancellationToken cancellationToken)
    {
        if (!call.Caller.Allows(chat.Model))
            return new ChatOutcome.Refused(GatewayError.ModelNotAllowed(chat.Model));

        var target = snapshots.Current.FindChat(chat.Model)
            ?? (await snapshots.LookAgainAsync(chat.Model, cancellationToken)).FindChat(chat.Model);
        if (target is null)
            return new ChatOutcome.Refused(GatewayError.UnknownModel(chat.Model));

        log.Dispatch(target.Destination);
        var started = clock.GetTimestamp();
        try
        {
            return await target.Provider.SendAsync(chat, target, cancellationToken);
        }
        finally
        {
            metrics.UpstreamAnswered(target.Destination.ProviderName, clock.GetElapsedTime(started));
        }
    }

    private async Task<ChatOutcome> CompleteAsync(ClientCall call, RequestLog log, ChatOutcome.Completed completed)
    {
        var answer = new Answer(200, LoggedBody.Exact(completed.Json), completed.Usage, completed.Model);
        var failed = await recorder.CompleteAsync(call, log.Answered(answer, recorder.Elapsed(call)));
        return failed is null ? completed : new ChatOutcome.Refused(failed);
    }

    private ChatOutcome.Streaming Meter(ChatRequest chat, ClientCall call, RequestLog log, ChatOutcome.Streaming streaming)
    {
        metrics.StreamOpened();
        return new ChatOutcome.Streaming(new MeteredChatStream(streaming.Events, chat, call, log, recorder, metrics));
    }

    private async Task<ChatOutcome> RefuseAsync(ClientCall call, RequestLog log, ChatOutcome.Refused refused) =>
        refused with { Error = await recorder.RefuseAsync(call, log, refused.Error, refused.MayBeBilled) };
}
