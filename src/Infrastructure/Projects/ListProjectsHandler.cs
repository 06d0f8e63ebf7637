using CleanGateway.Application.Projects;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Projects;

internal sealed class ListProjectsHandler(GatewayDatabase database) : IRequestHandler<ListProjects, IReadOnlyList<ProjectItem>>
{
    private const string Sql =
        $"""
        SELECT id, name, enabled, (SELECT count(*) FROM api_keys WHERE project_id = projects.id), {UsageLimitsMapping.Columns}
        FROM projects ORDER BY name COLLATE "C"
        """;

    public async Task<IReadOnlyList<ProjectItem>> Handle(ListProjects query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var projects = new List<ProjectItem>();
        while (await rows.ReadAsync(cancellationToken))
            projects.Add(new ProjectItem(rows.GetGuid(0), rows.GetString(1), rows.GetBoolean(2), rows.GetInt64(3), UsageLimitsMapping.Read(rows, 4)));

        return projects;
    }
}
