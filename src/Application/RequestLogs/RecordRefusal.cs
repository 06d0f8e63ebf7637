using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using MediatR;

namespace CleanGateway.Application.RequestLogs;

/// <summary>
/// An authenticated call that ended before it could become a message of its own: its body cannot be read, no such
/// endpoint. Gives back what the caller is to be told.
/// </summary>
/// <param name="Body">What came, as far as it is worth keeping.</param>
public sealed record RecordRefusal(ClientCall Call, GatewayError Error, LoggedBody Body) : ICommand<GatewayError>;

internal sealed class RecordRefusalHandler(CallRecorder recorder) : IRequestHandler<RecordRefusal, GatewayError>
{
    public async Task<GatewayError> Handle(RecordRefusal command, CancellationToken cancellationToken)
    {
        var request = CallRecorder.Begin(command.Call);
        request.Asked(command.Body);

        return recorder.Unavailable()
            ?? await recorder.RefuseAsync(command.Call, request, command.Error);
    }
}
