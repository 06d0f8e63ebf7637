using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Infrastructure.Persistence;
using MediatR;

namespace CleanGateway.Infrastructure.RequestLogs;

internal sealed class SearchRequestsHandler(ReportsDatabase database, TimeProvider clock) : IRequestHandler<SearchRequests, Page<RequestEntry>>
{
    public async Task<Page<RequestEntry>> Handle(SearchRequests query, CancellationToken cancellationToken)
    {
        var selection = query.Filter.SelectionAt(clock.GetUtcNow()) ?? throw new InvalidOperationException("The filter has not been validated.");
        var after = query.Page.After<Cursor>() is { } cursor ? new RequestPosition(cursor.CreatedAt, cursor.Request) : null;
        var found = await RequestSearch.ForEntries(selection, after)
            .ReadAsync(database, RequestSearch.NewestFirst, query.Page.Limit + 1, RequestSearch.ReadEntry, cancellationToken);
        return Page.Of(found, query.Page, entry => new Cursor(entry.CreatedAt, entry.Id));
    }

    private sealed record Cursor(DateTimeOffset CreatedAt, long Request);
}
