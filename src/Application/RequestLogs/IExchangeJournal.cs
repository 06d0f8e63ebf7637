using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.RequestLogs;

/// <summary>
/// Where exchanges are kept. Its promise: an exchange it has taken is in the database once, or will be; a call it
/// cannot take does not happen.
/// </summary>
public interface IExchangeJournal
{
    /// <summary>Whether calls can be recorded now; when not, none may be taken.</summary>
    bool IsAvailable { get; }

    /// <summary>Asked before a call goes upstream, when it is known where to.</summary>
    /// <returns>False when the log cannot be written now: the call must not be made.</returns>
    ValueTask<bool> AcceptAsync(RequestLog request, CancellationToken cancellationToken);

    /// <summary>Tells how far an accepted call has come, should its end never be known. Does not wait.</summary>
    /// <param name="seen">What the call has used up to now.</param>
    void Report(RequestLog request, TokenUsage seen);

    /// <summary>Asked before the end of an answer goes out, whether the call was accepted or ended before it needed to be.</summary>
    /// <returns>False when the exchange could not be made permanent in time: the caller must not be told of success.</returns>
    ValueTask<bool> CompleteAsync(Exchange exchange, CancellationToken cancellationToken);
}
