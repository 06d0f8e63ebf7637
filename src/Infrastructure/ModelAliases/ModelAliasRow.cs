using CleanGateway.Application.Common;
using CleanGateway.Application.ModelAliases;
using Npgsql;

namespace CleanGateway.Infrastructure.ModelAliases;

/// <summary>An alias as lists show it.</summary>
internal static class ModelAliasRow
{
    public const string Select =
        """
        SELECT a.id, a.alias, m.model_name, p.name, a.enabled, a.created_at, a.xmin
        FROM model_aliases a JOIN models m ON m.id = a.target_model_id LEFT JOIN providers p ON p.id = a.provider_id
        """;

    public static ModelAliasItem Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetBoolean(4),
        row.GetFieldValue<DateTimeOffset>(5), Precondition.TagOf(row.GetFieldValue<uint>(6)));
}
