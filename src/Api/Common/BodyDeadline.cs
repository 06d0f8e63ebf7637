namespace CleanGateway.Api.Common;

/// <summary>
/// By when a body has to be there as a whole. The server's least data rate alone lets ten mebibytes take half a day.
/// Costs nothing as long as nobody waits.
/// </summary>
internal sealed class BodyDeadline(HttpContext http) : IDisposable
{
    private CancellationTokenSource? timer;
    private CancellationTokenSource? either;

    /// <summary>The time was up, and not the caller gone.</summary>
    public bool IsOver => timer is { IsCancellationRequested: true } && !http.RequestAborted.IsCancellationRequested;

    /// <summary>The time begins with the first wait.</summary>
    public CancellationToken Token
    {
        get
        {
            if (either is null)
            {
                var services = http.RequestServices;
                timer = new CancellationTokenSource(
                    services.GetRequiredService<ConnectionLimits>().BodyDeadline, services.GetRequiredService<TimeProvider>());
                either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, http.RequestAborted);
            }

            return either.Token;
        }
    }

    public void Dispose()
    {
        either?.Dispose();
        timer?.Dispose();
    }
}
