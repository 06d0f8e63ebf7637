using CleanGateway.Domain.AdminTokens;

namespace CleanGateway.Application.AdminTokens;

public interface IAdminTokenRepository
{
    void Add(AdminToken token);

    Task<AdminToken?> FindAsync(AdminTokenId id, CancellationToken cancellationToken);

    /// <returns>There is an owner's token beside this one that is enabled and never expires.</returns>
    Task<bool> IsAnotherOwnerAsync(AdminTokenId than, CancellationToken cancellationToken);

    /// <summary>
    /// Does the work in a transaction of its own while no one else does any here, on any gateway: what it finds stays so
    /// until it is done.
    /// </summary>
    Task<TResult> AloneAsync<TResult>(Func<Task<TResult>> work, CancellationToken cancellationToken);

    /// <returns>There is one, or the audit log says that something was done here before.</returns>
    Task<bool> WasEverAnyAsync(CancellationToken cancellationToken);
}
