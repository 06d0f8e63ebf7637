using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.Operations;
using CleanGateway.Domain.AdminTokens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanGateway.Api.Operations;

/// <summary>How the gateways and their database are.</summary>
internal static class OperationsEndpoints
{
    private const string Tag = "Operations";

    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        routes.MapAdmin("config", Tag).MapGet("", Configuration).NeedsRole(AdminRole.Viewer)
            .WithSummary("Which configuration there is, and which this gateway answers calls by.");
        routes.MapAdmin("gateways", Tag).MapGet("", Gateways).NeedsRole(AdminRole.Viewer)
            .WithSummary("The gateways on this database, and where they count budgets.");
        var partitions = routes.MapAdmin("partitions", Tag);
        partitions.MapGet("", Partitions).NeedsRole(AdminRole.Viewer).WithSummary("The partitions there are.");
        partitions.MapPost("maintain", Maintain).NeedsRole(AdminRole.Admin)
            .WithSummary("Makes the partitions of the days to come, and drops those that are older than has to be kept.");
    }

    private static async Task<Ok<ConfigurationState>> Configuration(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new GetConfigurationState(), aborted));

    private static async Task<Ok<GatewayList>> Gateways(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new ListGateways(), aborted));

    private static async Task<Ok<Page<PartitionItem>>> Partitions(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new ListPartitions(), aborted));

    private static async Task<Ok<PartitionMaintenanceReport>> Maintain(IMediator mediator, CancellationToken aborted) =>
        TypedResults.Ok(await mediator.Send(new MaintainPartitions(), aborted));
}
