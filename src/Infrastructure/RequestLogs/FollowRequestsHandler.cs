using CleanGateway.Application.RequestLogs;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.RequestLogs;

internal sealed class FollowRequestsHandler(ReportsDatabase database, TimeProvider clock) : IRequestHandler<FollowRequests, FollowedRequests>
{
    public async Task<FollowedRequests> Handle(FollowRequests query, CancellationToken cancellationToken)
    {
        var selection = query.Filter.SelectionAt(clock.GetUtcNow()) ?? throw new InvalidOperationException("The filter has not been validated.");

        // Asked first: what is written in between is told next time.
        var latest = await database.ReadAsync(
            async connection =>
            {
                await using var newest = new NpgsqlCommand("SELECT coalesce(max(id), 0) FROM requests", connection);
                return (long)(await newest.ExecuteScalarAsync(cancellationToken))!;
            },
            cancellationToken);
        if (query.AfterId is not { } after)
            return new FollowedRequests([], latest);

        var found = await RequestSearch.ForEntries(selection).Where("q.id > ?", after)
            .ReadAsync(database, "q.id", FollowRequests.MaxRequests, RequestSearch.ReadEntry, cancellationToken);
        return new FollowedRequests(found, found.Count == FollowRequests.MaxRequests ? found[^1].Id : latest);
    }
}
