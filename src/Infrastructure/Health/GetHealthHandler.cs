using CleanGateway.Application.Common;
using CleanGateway.Application.Health;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Redis;
using CleanGateway.Infrastructure.Snapshots;
using MediatR;

namespace CleanGateway.Infrastructure.Health;

internal sealed class GetHealthHandler(
    DatabaseHealth database, IJournal journal, GatewaySnapshots snapshots, RedisConnection redis, Shutdown shutdown, GatewaySettings settings)
    : IRequestHandler<GetHealth, HealthReport>
{
    // What decides is whether a call could be recorded. A configuration that is not the newest keeps none from being answered.
    public Task<HealthReport> Handle(GetHealth query, CancellationToken cancellationToken) => Task.FromResult(new HealthReport(
        journal.IsAvailable && !shutdown.HasBegun ? HealthReport.Ready : HealthReport.NotReady,
        database.IsReachable ? "ok" : "unreachable",
        journal.IsAvailable ? "ok" : "unavailable",
        snapshots.Problems.Count == 0 ? "ok" : "invalid",
        settings.Redis is null ? "not_configured" : redis.IsConnected == true ? "ok" : "unreachable"));
}
