using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Infrastructure.Persistence;
using MediatR;

namespace CleanGateway.Infrastructure.RequestLogs;

internal sealed class SearchRequestsHandler(GatewayDatabase database, TimeProvider clock) : IRequestHandler<SearchRequests, Page<RequestEntry>>
{
    public async Task<Page<RequestEntry>> Handle(SearchRequests query, CancellationToken cancellationToken)
    {
        var search = RequestSearch.ForEntries(query.Filter.SelectionAt(clock.GetUtcNow()) ?? throw new InvalidOperationException("The filter has not been validated."));
        if (query.Page.After<Cursor>() is { } after)
        {
            // The first condition says nothing new, but partitions are chosen by it.
            search.Where("q.created_at <= ? AND r.request_created_at <= ? AND (q.created_at, q.id) < (?, ?)", after.CreatedAt, after.CreatedAt, after.CreatedAt, after.Request);
        }

        var found = await search.ReadAsync(database, "q.created_at DESC, q.id DESC", query.Page.Limit + 1, RequestSearch.ReadEntry, cancellationToken);
        return Page.Of(found, query.Page, entry => new Cursor(entry.CreatedAt, entry.Id));
    }

    private sealed record Cursor(DateTimeOffset CreatedAt, long Request);
}
