using CleanGateway.Application.Projects;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Projects;

internal sealed class GetProjectHandler(GatewayDatabase database) : IRequestHandler<GetProject, ProjectItem>
{
    public async Task<ProjectItem> Handle(GetProject query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"SELECT {ProjectRow.Columns} FROM projects WHERE id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = query.Id });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? ProjectRow.Read(row)
            : throw new GatewayException(GatewayError.NotFound("project", query.Id.ToString()));
    }
}
