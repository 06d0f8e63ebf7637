namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>The newest version of the configuration that this replica has heard of. What was loaded at an older one is not to be trusted.</summary>
internal sealed class ConfigurationVersion
{
    private long newest;

    public long Newest
    {
        get => Interlocked.Read(ref newest);
        set => Interlocked.Exchange(ref newest, value);
    }
}
