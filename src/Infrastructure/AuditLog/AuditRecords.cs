using CleanGateway.Application.Common;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Infrastructure.Persistence;

namespace CleanGateway.Infrastructure.AuditLog;

internal sealed class AuditRecords(GatewayDbContext context, AuditTrail trail) : IAuditRecords
{
    public void Add(AuditedChange change) => context.AuditLog.Add(trail.Of(change));
}
