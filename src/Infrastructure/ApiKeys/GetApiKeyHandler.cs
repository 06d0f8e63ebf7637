using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.ApiKeys;

internal sealed class GetApiKeyHandler(GatewayDatabase database) : IRequestHandler<GetApiKey, ApiKeyItem>
{
    public async Task<ApiKeyItem> Handle(GetApiKey query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"{ApiKeyRow.Select} WHERE k.id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = query.Id });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? ApiKeyRow.Read(row)
            : throw new GatewayException(GatewayError.NotFound("key", query.Id.ToString()));
    }
}
