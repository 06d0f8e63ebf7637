using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Models;

internal sealed class ListCatalogueHandler(GatewayDatabase database) : IRequestHandler<ListCatalogue, Page<CatalogueItem>>
{
    private const string Sql =
        $"""
        SELECT {CatalogueRow.Columns} FROM models
        WHERE ($1 IS NULL OR model_name COLLATE "C" > $1) AND ($2 IS NULL OR litellm_provider = $2) AND ($3 IS NULL OR mode = $3)
            AND ($4 IS NULL OR starts_with(model_name, $4)) AND ($5 IS NULL OR model_name = $5)
        ORDER BY model_name COLLATE "C" LIMIT $6
        """;

    public async Task<Page<CatalogueItem>> Handle(ListCatalogue query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection);
        foreach (var text in (string?[])[query.Page.After<Cursor>()?.Name, query.Provider, query.Mode, query.Prefix, query.Name])
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(text) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Page.Limit + 1 });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var models = new List<CatalogueItem>();
        while (await rows.ReadAsync(cancellationToken))
            models.Add(CatalogueRow.Read(rows));

        return Page.Of(models, query.Page, model => new Cursor(model.Name));
    }

    private sealed record Cursor(string Name);
}
