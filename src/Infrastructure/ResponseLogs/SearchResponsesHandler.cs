using CleanGateway.Application.Common;
using CleanGateway.Application.ResponseLogs;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.RequestLogs;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.ResponseLogs;

internal sealed class SearchResponsesHandler(ReportsDatabase database, TimeProvider clock) : IRequestHandler<SearchResponses, Page<ResponseItem>>
{
    private const string Items =
        """
        r.id, r.created_at, q.request_id, q.model, r.response_model, r.status_code, r.outcome, r.error_code, r.latency_ms, r.prompt_tokens,
        r.completion_tokens, r.total_tokens, r.cost, r.unpriced_reason, q.created_at, q.id
        """;

    public async Task<Page<ResponseItem>> Handle(SearchResponses query, CancellationToken cancellationToken)
    {
        var selection = query.Filter.SelectionAt(clock.GetUtcNow()) ?? throw new InvalidOperationException("The filter has not been validated.");
        var after = query.Page.After<Cursor>() is { } cursor ? new RequestPosition(cursor.CreatedAt, cursor.Answered) : null;
        var found = await RequestSearch.For(Items, selection, after)
            .ReadAsync(database, RequestSearch.NewestFirst, query.Page.Limit + 1, Read, cancellationToken);
        var page = Page.Of(found, query.Page, item => new Cursor(item.At.CreatedAt, item.At.Request));
        return new Page<ResponseItem>([.. page.Data.Select(item => item.Response)], page.NextCursor);
    }

    private static (ResponseItem Response, RequestPosition At) Read(NpgsqlDataReader row)
    {
        var response = new ResponseItem(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), Text(3), Text(4), row.GetInt32(5), row.GetString(6), Text(7),
            row.GetDecimal(8), Number(9), Number(10), Number(11), row.IsDBNull(12) ? null : row.GetDecimal(12), Text(13));
        return (response, new RequestPosition(row.GetFieldValue<DateTimeOffset>(14), row.GetInt64(15)));

        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        long? Number(int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
    }

    // Of another name than that of requests: it is of another list.
    private sealed record Cursor(DateTimeOffset CreatedAt, long Answered);
}
