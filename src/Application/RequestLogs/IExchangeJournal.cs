using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Application.RequestLogs;

/// <summary>
/// Where exchanges are kept. Its promise: an exchange it has taken is in the database once, or will be; a call it
/// cannot take does not happen.
/// </summary>
public interface IExchangeJournal
{
    /// <summary>Asked before a call goes anywhere.</summary>
    /// <returns>False when the log cannot be written now: the call must not be made.</returns>
    ValueTask<bool> AcceptAsync(RequestLog request, CancellationToken cancellationToken);

    /// <summary>Asked before the end of an answer goes out.</summary>
    /// <returns>False when the exchange could not be made permanent in time: the caller must not be told of success.</returns>
    ValueTask<bool> CompleteAsync(Exchange exchange, CancellationToken cancellationToken);
}
