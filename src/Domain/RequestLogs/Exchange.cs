using CleanGateway.Domain.Common;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Domain.RequestLogs;

/// <summary>Everything a finished call leaves behind; stored together or not at all.</summary>
/// <param name="Usage">Null when no provider can have billed the call.</param>
public sealed record Exchange(RequestLog Request, ResponseLog Response, UsageRecord? Usage)
{
    /// <summary>
    /// The exchange as it really ended when the caller was, in the last moment, told of an error instead of the answer.
    /// Where a stream had begun, its status had gone out and stays.
    /// </summary>
    public Exchange Withdrawn(GatewayError error, int status)
    {
        var told = Request is { Stream: true, StatusCode: 200 } ? Request.StatusCode : status;
        return new Exchange(Request.WithStatus(told), Response.Withdrawn(error, told), Usage);
    }
}
