using CleanGateway.Application.Common;

namespace CleanGateway.Application.Statistics;

/// <summary>All measurements, in Prometheus's text format 0.0.4.</summary>
public sealed record GetMetrics : IQuery<string>;
