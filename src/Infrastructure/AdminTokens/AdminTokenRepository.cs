using CleanGateway.Application.AdminTokens;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Infrastructure.Persistence;

namespace CleanGateway.Infrastructure.AdminTokens;

internal sealed class AdminTokenRepository(GatewayDbContext context, GatewayDatabase database) : IAdminTokenRepository
{
    public void Add(AdminToken token) => context.AdminTokens.Add(token);

    // Asked at every start, where building EF's model would take longer than everything else.
    public Task<bool> WasEverAnyAsync(CancellationToken cancellationToken) =>
        database.AskAsync<bool>("SELECT EXISTS (SELECT FROM admin_tokens) OR EXISTS (SELECT FROM audit_log)", cancellationToken);
}
