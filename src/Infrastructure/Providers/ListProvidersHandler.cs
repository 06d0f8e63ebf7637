using CleanGateway.Application.Common;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Providers;

internal sealed class ListProvidersHandler(GatewayDatabase database) : IRequestHandler<ListProviders, Page<ProviderItem>>
{
    private const string Sql =
        $"""
        SELECT {ShownProvider.Columns} FROM providers
        WHERE ($1 IS NULL OR name COLLATE "C" > $1) AND ($2 IS NULL OR name = $2)
        ORDER BY name COLLATE "C" LIMIT $3
        """;

    public async Task<Page<ProviderItem>> Handle(ListProviders query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(query.Page.After<Cursor>()?.Name) });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(query.Name) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Page.Limit + 1 });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var providers = new List<ProviderItem>();
        while (await rows.ReadAsync(cancellationToken))
            providers.Add(ShownProvider.Read(rows));

        return Page.Of(providers, query.Page, provider => new Cursor(provider.Name));
    }

    private sealed record Cursor(string Name);
}
