using CleanGateway.Domain.AuditLog;

namespace CleanGateway.Application.Common;

/// <summary>What the audit log says of work that changes no row of the configuration.</summary>
public interface IAuditRecords
{
    /// <summary>Written with the next <see cref="IUnitOfWork.SaveChangesAsync"/>.</summary>
    void Add(AuditedChange change);
}
