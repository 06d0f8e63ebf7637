using CleanGateway.Application.Common;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Infrastructure.Persistence;

namespace CleanGateway.Infrastructure.AuditLog;

/// <summary>Says in the audit log who has read what was said in a call, before they are told: what is not written down is not read.</summary>
internal sealed class ContentReadings(GatewayDbContext context, AuditTrail audit, Operation operation)
{
    /// <param name="target"><c>request</c> or <c>response</c>.</param>
    /// <param name="requestId"><c>req_…</c></param>
    public async Task RecordAsync(string target, string requestId, CancellationToken cancellationToken)
    {
        operation.Action = $"read_{target}";
        context.AuditLog.Add(audit.Of(new AuditedChange(target, requestId, TargetName: null, Columns: [])));
        await context.SaveChangesAsync(cancellationToken);
    }
}
