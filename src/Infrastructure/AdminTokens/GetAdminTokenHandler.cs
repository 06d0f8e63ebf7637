using CleanGateway.Application.AdminTokens;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.AdminTokens;

internal sealed class GetAdminTokenHandler(GatewayDatabase database) : IRequestHandler<GetAdminToken, AdminTokenItem>
{
    public async Task<AdminTokenItem> Handle(GetAdminToken query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT {AdminTokenRow.Columns} FROM admin_tokens WHERE id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = query.Id });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? AdminTokenRow.Read(row)
            : throw new GatewayException(GatewayError.NotFound("token", query.Id.ToString()));
    }
}
