using CleanGateway.Application.ModelAliases;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.ModelAliases;

internal sealed class GetModelAliasHandler(GatewayDatabase database) : IRequestHandler<GetModelAlias, ModelAliasItem>
{
    public async Task<ModelAliasItem> Handle(GetModelAlias query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"{ModelAliasRow.Select} WHERE a.id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = query.Id });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? ModelAliasRow.Read(row)
            : throw new GatewayException(GatewayError.NotFound("alias", query.Id.ToString()));
    }
}
