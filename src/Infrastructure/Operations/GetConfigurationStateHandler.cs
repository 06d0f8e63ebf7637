using CleanGateway.Application.Operations;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using MediatR;

namespace CleanGateway.Infrastructure.Operations;

internal sealed class GetConfigurationStateHandler(GatewayDatabase database, GatewaySnapshots snapshots)
    : IRequestHandler<GetConfigurationState, ConfigurationState>
{
    public async Task<ConfigurationState> Handle(GetConfigurationState query, CancellationToken cancellationToken) => new(
        await database.AskAsync<long>("SELECT version FROM config_version", cancellationToken), snapshots.Current.Version, snapshots.Problems);
}
