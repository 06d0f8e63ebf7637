using System.Linq.Expressions;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.RequestLogs;

internal sealed class ListRequestsHandler(ReportsDatabase database) : IRequestHandler<ListRequests, IReadOnlyList<RequestItem>>
{
    public Task<IReadOnlyList<RequestItem>> Handle(ListRequests query, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<RequestItem>>(
            async connection =>
            {
                await using var context = new GatewayDbContext(GatewayDbContextOptions.For(connection));
                return await context.Requests
                    .OrderByDescending(request => request.CreatedAt).ThenByDescending(request => request.Id)
                    .Take(query.EffectiveLimit)
                    .Select(ToItem)
                    .ToListAsync(cancellationToken);
            },
            cancellationToken);

    internal static Expression<Func<RequestLog, RequestItem>> ToItem { get; } = request => new RequestItem(
        request.Id,
        request.CreatedAt,
        request.RequestId,
        request.ClientRequestId,
        request.Route,
        request.Method,
        request.Model,
        request.Stream,
        request.StatusCode,
        request.ApiKey.Value,
        request.UserId,
        request.ProviderName,
        request.StartTime,
        request.EndTime);
}
