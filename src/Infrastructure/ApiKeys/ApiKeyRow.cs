using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Projects;
using Npgsql;

namespace CleanGateway.Infrastructure.ApiKeys;

/// <summary>An API key as lists show it.</summary>
internal static class ApiKeyRow
{
    private const int FirstLimit = 13;

    /// <summary>In the order in which <see cref="Read"/> takes them.</summary>
    public static readonly string Select =
        $"""
        SELECT k.id, k.name, k.key_hint, k.previous_key_expires_at, k.enabled, k.project_id, p.name, k.allowed_models, k.expires_at,
               k.log_content, k.drop_params, k.created_at, k.xmin, {UsageLimitsMapping.ColumnsOf("k")}
        FROM api_keys k LEFT JOIN projects p ON p.id = k.project_id
        """;

    public static ApiKeyItem Read(NpgsqlDataReader row)
    {
        return new ApiKeyItem
        {
            Id = row.GetGuid(0),
            Name = row.GetString(1),
            KeyHint = Reference<string>(2),
            PreviousKeyExpiresAt = Value<DateTimeOffset>(3),
            Enabled = row.GetBoolean(4),
            ProjectId = Value<Guid>(5),
            Project = Reference<string>(6),
            AllowedModels = Reference<string[]>(7),
            ExpiresAt = Value<DateTimeOffset>(8),
            LogContent = Reference<string>(9) is { } policy ? Enum.Parse<ContentPolicy>(policy, ignoreCase: true) : null,
            DropParams = row.GetBoolean(10),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(11),
            Etag = Precondition.TagOf(row.GetFieldValue<uint>(12)),
            Limits = UsageLimitsMapping.Read(row, FirstLimit),
        };

        T? Value<T>(int column) where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

        T? Reference<T>(int column) where T : class => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);
    }
}
