using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Models;

internal sealed class GetCatalogueModelHandler(GatewayDatabase database) : IRequestHandler<GetCatalogueModel, CatalogueItem>
{
    public async Task<CatalogueItem> Handle(GetCatalogueModel query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT {CatalogueRow.Columns} FROM models WHERE id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = query.Id });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? CatalogueRow.Read(row)
            : throw new GatewayException(GatewayError.NotFound("model", query.Id.ToString()));
    }
}
