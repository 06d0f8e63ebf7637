using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.AdminTokens;

internal sealed class ListAdminTokensHandler(GatewayDatabase database) : IRequestHandler<ListAdminTokens, Page<AdminTokenItem>>
{
    private const string Sql =
        $"""
        SELECT {AdminTokenRow.Columns} FROM admin_tokens
        WHERE $1 IS NULL OR (name COLLATE "C", id) > ($1, $2)
        ORDER BY name COLLATE "C", id LIMIT $3
        """;

    public async Task<Page<AdminTokenItem>> Handle(ListAdminTokens query, CancellationToken cancellationToken)
    {
        var after = query.Page.After<Cursor>();
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(after?.Name) });
        command.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = after?.Id });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Page.Limit + 1 });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var tokens = new List<AdminTokenItem>();
        while (await rows.ReadAsync(cancellationToken))
            tokens.Add(AdminTokenRow.Read(rows));

        return Page.Of(tokens, query.Page, token => new Cursor(token.Name, token.Id));
    }

    private sealed record Cursor(string Name, Guid Id);
}
