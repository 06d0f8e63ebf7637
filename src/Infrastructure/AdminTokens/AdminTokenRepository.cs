using CleanGateway.Application.AdminTokens;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.AdminTokens;

internal sealed class AdminTokenRepository(GatewayDbContext context) : IAdminTokenRepository
{
    public void Add(AdminToken token) => context.AdminTokens.Add(token);

    public Task<bool> AnyAsync(CancellationToken cancellationToken) => context.AdminTokens.AnyAsync(cancellationToken);
}
