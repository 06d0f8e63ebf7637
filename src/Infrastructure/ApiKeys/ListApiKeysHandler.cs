using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.ApiKeys;

internal sealed class ListApiKeysHandler(GatewayDatabase database) : IRequestHandler<ListApiKeys, Page<ApiKeyItem>>
{
    private static readonly string Sql =
        $"""
        {ApiKeyRow.Select}
        WHERE ($1 IS NULL OR (k.name COLLATE "C", k.id) > ($1, $2)) AND ($3 IS NULL OR k.project_id = $3)
          AND ($4 IS NULL OR k.name = $4) AND ($5 IS NULL OR k.enabled = $5)
        ORDER BY k.name COLLATE "C", k.id LIMIT $6
        """;

    public async Task<Page<ApiKeyItem>> Handle(ListApiKeys query, CancellationToken cancellationToken)
    {
        var after = query.Page.After<Cursor>();
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(after?.Name) });
        command.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = after?.Id });
        command.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = query.ProjectId });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(query.Name) });
        command.Parameters.Add(new NpgsqlParameter<bool?> { TypedValue = query.Enabled });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Page.Limit + 1 });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<ApiKeyItem>();
        while (await rows.ReadAsync(cancellationToken))
            keys.Add(ApiKeyRow.Read(rows));

        return Page.Of(keys, query.Page, key => new Cursor(key.Name, key.Id));
    }

    private sealed record Cursor(string Name, Guid Id);
}
