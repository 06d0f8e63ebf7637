using CleanGateway.Application.Common;
using CleanGateway.Application.Operations;
using CleanGateway.Infrastructure.Persistence;
using MediatR;

namespace CleanGateway.Infrastructure.Operations;

internal sealed class ListPartitionsHandler(GatewayDatabase database) : IRequestHandler<ListPartitions, Page<PartitionItem>>
{
    public async Task<Page<PartitionItem>> Handle(ListPartitions query, CancellationToken cancellationToken)
    {
        var partitions = await PartitionState.ReadAsync(database, cancellationToken);
        return new Page<PartitionItem>(
            [.. partitions.Select(partition => new PartitionItem(
                partition.Table, partition.Name, partition.Bounds, partition.Rows, partition.Bytes, partition.IsDefault))],
            NextCursor: null);
    }
}
