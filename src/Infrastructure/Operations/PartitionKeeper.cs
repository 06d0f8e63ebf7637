using CleanGateway.Application.Operations;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.AuditLog;
using CleanGateway.Infrastructure.Persistence;
using Npgsql;

namespace CleanGateway.Infrastructure.Operations;

internal sealed class PartitionKeeper(
    GatewayDbContext context, AuditTrail audit, GatewayDatabase database, Partitions partitions, PartitionRetention retention) : IPartitionKeeper
{
    public async Task<PartitionMaintenanceReport> MaintainAsync(CancellationToken cancellationToken)
    {
        if (!await partitions.MayMaintainAsync(cancellationToken))
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "not_table_owner",
                "The gateway's role does not own the tables: run `cleangateway db maintain` as their owner, or set DATABASE_MIGRATION_URL."));
        }

        // Each partition is a transaction of its own, and what was dropped is gone whatever comes next: so this comes first.
        context.AuditLog.Add(audit.Of(new AuditedChange("partitions", TargetId: null, TargetName: null, Columns: [])));
        await context.SaveChangesAsync(cancellationToken);

        var before = await NamesAsync(cancellationToken);
        try
        {
            await partitions.EnsureAsync(cancellationToken);
            await retention.DropAsync(cancellationToken);
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            const string Message = "The tables are too busy to look after their partitions: try again in a moment.";
            throw new GatewayException(new GatewayError(GatewayErrorKind.Unavailable, "tables_busy", Message), busy);
        }

        var after = await NamesAsync(cancellationToken);
        return new PartitionMaintenanceReport([.. after.Except(before, StringComparer.Ordinal)], [.. before.Except(after, StringComparer.Ordinal)]);
    }

    private async Task<List<string>> NamesAsync(CancellationToken cancellationToken) =>
        [.. (await PartitionState.ReadAsync(database, cancellationToken)).Select(partition => partition.Name)];
}
