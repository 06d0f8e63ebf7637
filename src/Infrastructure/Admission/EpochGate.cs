namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Lets admissions through while all gateways agree on where budgets are counted, and holds them back while that
/// changes: nobody counts by the old book when others have begun with the new one. And while this gateway cannot know
/// whether they have.
/// </summary>
internal sealed class EpochGate(EpochLease lease, TimeProvider clock)
{
    private readonly Lock @lock = new();
    private TaskCompletionSource news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource drained = new();
    private BookState? open;
    private int inside;

    /// <summary>What was agreed on last; null before the first time, and while it changes.</summary>
    public BookState? Open
    {
        get
        {
            lock (@lock)
                return open;
        }
    }

    /// <summary>Whether whoever is inside may still go by what was agreed on.</summary>
    public bool IsValid => lease.IsValid;

    /// <summary>Goes in, waiting for the gate to open if need be. Whoever went in leaves.</summary>
    /// <param name="after">Only a later epoch than this will do.</param>
    /// <returns>Null when it did not open in time, or the lease was not renewed.</returns>
    public async ValueTask<BookState?> EnterAsync(TimeSpan within, CancellationToken cancellationToken, long after = 0)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            Task waiting;
            lock (@lock)
            {
                // Both at this moment: however long it has waited, and whatever the process went through meanwhile.
                if (open is { } state && state.Epoch > after && lease.IsValid)
                {
                    inside++;
                    return state;
                }

                waiting = news.Task;
            }

            var left = within - clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                return null;

            try
            {
                await waiting.WaitAsync(left, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    public void Leave()
    {
        lock (@lock)
        {
            if (--inside == 0)
                drained.TrySetResult();
        }
    }

    public void OpenFor(BookState state)
    {
        lock (@lock)
        {
            open = state;
            Tell();
        }
    }

    /// <summary>Has everyone who waits try again: the lease may be valid again.</summary>
    public void TryAgain()
    {
        lock (@lock)
            Tell();
    }

    /// <summary>Lets no one in any more; done when everyone is out.</summary>
    public Task CloseAsync()
    {
        lock (@lock)
        {
            open = null;
            drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (inside == 0)
                drained.TrySetResult();
            return drained.Task;
        }
    }

    private void Tell()
    {
        news.TrySetResult();
        news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
