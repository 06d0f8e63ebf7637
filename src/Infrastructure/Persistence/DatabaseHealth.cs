namespace CleanGateway.Infrastructure.Persistence;

/// <summary>Whether the database answers, as the watcher finds it every second.</summary>
internal sealed class DatabaseHealth
{
    private volatile bool reachable = true;

    public bool IsReachable
    {
        get => reachable;
        set => reachable = value;
    }
}
