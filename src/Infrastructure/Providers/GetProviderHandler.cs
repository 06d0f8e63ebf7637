using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Providers;

internal sealed class GetProviderHandler(GatewayDatabase database) : IRequestHandler<GetProvider, ProviderItem>
{
    public async Task<ProviderItem> Handle(GetProvider query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT {ShownProvider.Columns} FROM providers WHERE id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = query.Id });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? ShownProvider.Read(row)
            : throw new GatewayException(GatewayError.NotFound("provider", query.Id.ToString()));
    }
}
