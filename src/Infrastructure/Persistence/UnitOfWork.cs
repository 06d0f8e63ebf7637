using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.AuditLog;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>Writes changes together with their audit entries, and tells in the gateway's words what the database objects to.</summary>
internal sealed class UnitOfWork(GatewayDbContext context, AuditTrail audit) : IUnitOfWork
{
    public async Task SaveChangesAsync(CancellationToken cancellationToken)
    {
        context.ChangeTracker.DetectChanges();
        context.AuditLog.AddRange(audit.Of(context.ChangeTracker));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException changed)
        {
            throw new GatewayException(Precondition.Failed, changed);
        }
        catch (DbUpdateException refused) when (refused.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken)
        {
            throw new GatewayException(
                new GatewayError(GatewayErrorKind.Conflict, "already_exists", $"There is one in {taken.TableName} with the same name already."), refused);
        }
        catch (DbUpdateException refused) when (refused.InnerException is PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } used)
        {
            throw new GatewayException(
                new GatewayError(GatewayErrorKind.Conflict, "in_use", $"It is used by, or uses, something in {used.TableName} that changed meanwhile."), refused);
        }
    }
}
