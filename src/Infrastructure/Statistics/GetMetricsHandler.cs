using CleanGateway.Application.Statistics;
using CleanGateway.Infrastructure.Telemetry;
using MediatR;

namespace CleanGateway.Infrastructure.Statistics;

internal sealed class GetMetricsHandler(PrometheusExporter exporter) : IRequestHandler<GetMetrics, string>
{
    public Task<string> Handle(GetMetrics query, CancellationToken cancellationToken) => Task.FromResult(exporter.Render());
}
