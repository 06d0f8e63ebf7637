using CleanGateway.Application.Common;
using MediatR;

namespace CleanGateway.Application.Operations;

/// <summary>
/// Makes the partitions of the days to come, and drops those that are older than has to be kept, as gateways do by
/// themselves every hour. <c>tables_busy</c> if it cannot have the tables for a moment,
/// <c>not_table_owner</c> if the gateway's role does not own them.
/// </summary>
public sealed record MaintainPartitions : ICommand<PartitionMaintenanceReport>;

/// <param name="Made">Names of partitions that are new.</param>
/// <param name="Dropped">Names of those that are gone, with all that was in them.</param>
public sealed record PartitionMaintenanceReport(IReadOnlyList<string> Made, IReadOnlyList<string> Dropped);

/// <summary>Looks after the partitions.</summary>
public interface IPartitionKeeper
{
    /// <summary>Says in the audit log that it was asked to, and does so.</summary>
    /// <exception cref="Domain.Common.GatewayException">The tables are too busy; some of it may have been done.</exception>
    Task<PartitionMaintenanceReport> MaintainAsync(CancellationToken cancellationToken);
}

internal sealed class MaintainPartitionsHandler(IPartitionKeeper keeper) : IRequestHandler<MaintainPartitions, PartitionMaintenanceReport>
{
    public Task<PartitionMaintenanceReport> Handle(MaintainPartitions command, CancellationToken cancellationToken) =>
        keeper.MaintainAsync(cancellationToken);
}
