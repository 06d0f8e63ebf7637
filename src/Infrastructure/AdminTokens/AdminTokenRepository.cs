using CleanGateway.Application.AdminTokens;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.AdminTokens;

internal sealed class AdminTokenRepository(GatewayDbContext context, GatewayDatabase database) : IAdminTokenRepository
{
    // Any number that nothing else in the database uses for this.
    internal const long Lock = 7205759403792795;

    public void Add(AdminToken token) => context.AdminTokens.Add(token);

    public Task<AdminToken?> FindAsync(AdminTokenId id, CancellationToken cancellationToken) =>
        context.AdminTokens.SingleOrDefaultAsync(token => token.Id == id, cancellationToken);

    public Task<bool> IsAnotherOwnerAsync(AdminTokenId than, CancellationToken cancellationToken) => context.AdminTokens.AnyAsync(
        token => token.Id != than && token.Role == AdminRole.Owner && token.Enabled && token.ExpiresAt == null, cancellationToken);

    public async Task<TResult> AloneAsync<TResult>(Func<Task<TResult>> work, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
        var result = await work();
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    // Asked at every start, where building EF's model would take longer than everything else. A first start has registered its
    // master key before it comes here.
    public Task<bool> WasEverAnyAsync(CancellationToken cancellationToken) =>
        database.AskAsync<bool>("SELECT EXISTS (SELECT FROM admin_tokens) OR EXISTS (SELECT FROM audit_log WHERE target_type <> 'master_key')", cancellationToken);
}
