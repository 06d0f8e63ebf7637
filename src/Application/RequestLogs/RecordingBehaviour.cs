using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using MediatR;

namespace CleanGateway.Application.RequestLogs;

/// <summary>
/// Records the exchange around a message that answers a call from what the gateway knows. The answer itself is not
/// kept: it only repeats what other tables say.
/// </summary>
internal sealed class RecordingBehaviour<TRequest, TResponse>(CallRecorder recorder) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRecordedCall
{
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var call = request.Call;
        var log = CallRecorder.Begin(call);
        if (recorder.Unavailable() is { } unavailable)
            throw new GatewayException(unavailable);

        TResponse response;
        try
        {
            response = await recorder.OrBreakOffAsync(call, log, () => next(), cancellationToken);
        }
        catch (GatewayException refused)
        {
            throw new GatewayException(await recorder.RefuseAsync(call, log, refused.Error), refused);
        }

        var exchange = log.Answered(new Answer(200, LoggedBody.Omitted, UsageReport.None), recorder.Elapsed(call));
        return await recorder.CompleteAsync(call, exchange) is { } failed ? throw new GatewayException(failed) : response;
    }
}
