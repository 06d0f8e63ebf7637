using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>A database that questions are put to.</summary>
internal interface IReadDatabase
{
    /// <summary>Asks on a connection of the pool, which goes back afterwards.</summary>
    Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellationToken);
}
