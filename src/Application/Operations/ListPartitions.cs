using CleanGateway.Application.Common;

namespace CleanGateway.Application.Operations;

/// <summary>The partitions there are, by table and name.</summary>
public sealed record ListPartitions : IQuery<Page<PartitionItem>>;

/// <param name="Bounds">As PostgreSQL writes them.</param>
/// <param name="Rows">The planner's estimate; a count for a default partition.</param>
/// <param name="Bytes">With its indexes.</param>
/// <param name="IsDefault">It takes rows that no other is for, and should be empty.</param>
public sealed record PartitionItem(string Table, string Name, string Bounds, long Rows, long Bytes, bool IsDefault);
