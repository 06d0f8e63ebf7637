using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using Npgsql;

namespace CleanGateway.Infrastructure.Projects;

/// <summary>A project as lists show it.</summary>
internal static class ProjectRow
{
    public const string Columns =
        $"id, name, enabled, (SELECT count(*) FROM api_keys WHERE project_id = projects.id), created_at, projects.xmin, {UsageLimitsMapping.Columns}";

    public static ProjectItem Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetBoolean(2), row.GetInt64(3), UsageLimitsMapping.Read(row, 6),
        row.GetFieldValue<DateTimeOffset>(4), Precondition.TagOf(row.GetFieldValue<uint>(5)));
}
