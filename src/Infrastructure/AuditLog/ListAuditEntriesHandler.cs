using CleanGateway.Application.AuditLog;
using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.AuditLog;

internal sealed class ListAuditEntriesHandler(ReportsDatabase database) : IRequestHandler<ListAuditEntries, Page<AuditItem>>
{
    private const string Items =
        """
        SELECT id, created_at, actor_kind, actor_id, actor_name, address, request_id, action, target_type, target_id, target_name, changed,
               before_hash, after_hash, reason
        FROM audit_log
        """;

    public async Task<Page<AuditItem>> Handle(ListAuditEntries query, CancellationToken cancellationToken)
    {
        var (from, to) = query.Filter.Period();
        var search = new SearchQuery(Items)
            .WhereGiven("created_at >= ?", from)
            .WhereGiven("created_at < ?", to)
            .WhereGiven("action = ?", query.Filter.Action)
            .WhereGiven("target_type = ?", query.Filter.TargetType)
            .WhereGiven("target_id = ?", query.Filter.TargetId)
            .WhereGiven("request_id = ?", query.Filter.RequestId);
        if (query.Filter.Actor is { } actor)
            search.Where("(actor_name = ? OR actor_id::text = ?)", actor, actor);
        if (query.Page.After<Cursor>() is { } after)
            search.Where("id < ?", after.AuditEntry);

        var found = await search.ReadAsync(database, "id DESC", query.Page.Limit + 1, Read, cancellationToken);
        return Page.Of(found, query.Page, item => new Cursor(item.Id));
    }

    private static AuditItem Read(NpgsqlDataReader row)
    {
        return new AuditItem(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetGuid(3), row.GetString(4),
            Text(5), Text(6), row.GetString(7), row.GetString(8), Text(9), Text(10), row.GetFieldValue<string[]>(11), Text(12), Text(13), Text(14));

        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
    }

    private sealed record Cursor(long AuditEntry);
}
