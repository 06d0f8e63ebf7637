using CleanGateway.Application.Common;
using CleanGateway.Application.ModelAliases;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.ModelAliases;

internal sealed class ListModelAliasesHandler(GatewayDatabase database) : IRequestHandler<ListModelAliases, Page<ModelAliasItem>>
{
    private const string Sql =
        $"""
        {ModelAliasRow.Select}
        WHERE ($1 IS NULL OR a.alias COLLATE "C" > $1) AND ($2 IS NULL OR a.alias = $2)
        ORDER BY a.alias COLLATE "C" LIMIT $3
        """;

    public async Task<Page<ModelAliasItem>> Handle(ListModelAliases query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(query.Page.After<Cursor>()?.Alias) });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(query.Alias) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Page.Limit + 1 });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var aliases = new List<ModelAliasItem>();
        while (await rows.ReadAsync(cancellationToken))
            aliases.Add(ModelAliasRow.Read(rows));

        return Page.Of(aliases, query.Page, alias => new Cursor(alias.Alias));
    }

    private sealed record Cursor(string Alias);
}
