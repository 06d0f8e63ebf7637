using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Projects;

internal sealed class ListProjectsHandler(GatewayDatabase database) : IRequestHandler<ListProjects, Page<ProjectItem>>
{
    private const string Sql =
        $"""
        SELECT {ProjectRow.Columns} FROM projects
        WHERE ($1 IS NULL OR name COLLATE "C" > $1) AND ($2 IS NULL OR name = $2)
        ORDER BY name COLLATE "C" LIMIT $3
        """;

    public async Task<Page<ProjectItem>> Handle(ListProjects query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(query.Page.After<Cursor>()?.Name) });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = StorableText.Of(query.Name) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = query.Page.Limit + 1 });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var projects = new List<ProjectItem>();
        while (await rows.ReadAsync(cancellationToken))
            projects.Add(ProjectRow.Read(rows));

        return Page.Of(projects, query.Page, project => new Cursor(project.Name));
    }

    private sealed record Cursor(string Name);
}
