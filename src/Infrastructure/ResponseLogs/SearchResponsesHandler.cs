using CleanGateway.Application.Common;
using CleanGateway.Application.ResponseLogs;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.RequestLogs;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.ResponseLogs;

internal sealed class SearchResponsesHandler(GatewayDatabase database, TimeProvider clock) : IRequestHandler<SearchResponses, Page<ResponseItem>>
{
    private const string Items =
        $"""
        SELECT r.id, r.created_at, q.request_id, q.model, r.response_model, r.status_code, r.outcome, r.error_code, r.latency_ms, r.prompt_tokens,
               r.completion_tokens, r.total_tokens, r.cost, r.unpriced_reason, q.created_at
        {RequestSearch.Together}
        """;

    public async Task<Page<ResponseItem>> Handle(SearchResponses query, CancellationToken cancellationToken)
    {
        var selection = query.Filter.SelectionAt(clock.GetUtcNow()) ?? throw new InvalidOperationException("The filter has not been validated.");
        var search = RequestSearch.Select(new SearchQuery(Items), selection);
        if (query.Page.After<Cursor>() is { } after)
            search.Where("q.created_at <= ? AND r.request_created_at <= ? AND (q.created_at, r.id) < (?, ?)", after.CreatedAt, after.CreatedAt, after.CreatedAt, after.Response);

        var found = await search.ReadAsync(database, "q.created_at DESC, r.id DESC", query.Page.Limit + 1, Read, cancellationToken);
        var page = Page.Of(found, query.Page, item => new Cursor(item.RequestCreatedAt, item.Response.Id));
        return new Page<ResponseItem>([.. page.Data.Select(item => item.Response)], page.NextCursor);
    }

    private static (ResponseItem Response, DateTimeOffset RequestCreatedAt) Read(NpgsqlDataReader row)
    {
        var response = new ResponseItem(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), Text(3), Text(4), row.GetInt32(5), row.GetString(6), Text(7), row.GetDecimal(8),
            Number(9), Number(10), Number(11), row.IsDBNull(12) ? null : row.GetDecimal(12), Text(13));
        return (response, row.GetFieldValue<DateTimeOffset>(14));

        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        long? Number(int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
    }

    private sealed record Cursor(DateTimeOffset CreatedAt, long Response);
}
