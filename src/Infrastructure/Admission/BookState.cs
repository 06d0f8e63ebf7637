namespace CleanGateway.Infrastructure.Admission;

/// <summary>Where budgets are counted.</summary>
internal enum Book
{
    /// <summary>In this gateway's memory: it is the only one.</summary>
    Local,

    /// <summary>In the Redis that all gateways share.</summary>
    Redis,

    /// <summary>In PostgreSQL: there are several gateways and no Redis that all of them reach.</summary>
    Database,
}

/// <summary>What all gateways have agreed on.</summary>
/// <param name="Epoch">One more each time the counters begin anew.</param>
/// <param name="RunId">The run of the Redis server that has the counters.</param>
/// <param name="Replicas">Gateways alive.</param>
internal sealed record BookState(long Epoch, Book Book, string? RunId, int Replicas);
