using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.Common;
using Npgsql;

namespace CleanGateway.Infrastructure.AdminTokens;

/// <summary>An admin token as lists show it.</summary>
internal static class AdminTokenRow
{
    /// <summary>In the order in which <see cref="Read"/> takes them.</summary>
    public const string Columns = "id, name, role, token_hint, enabled, expires_at, created_at, admin_tokens.xmin";

    public static AdminTokenItem Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Name = row.GetString(1),
        Role = AdminTokenConfiguration.Parse(row.GetString(2)),
        TokenHint = row.IsDBNull(3) ? null : row.GetString(3),
        Enabled = row.GetBoolean(4),
        ExpiresAt = row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(6),
        Etag = Precondition.TagOf(row.GetFieldValue<uint>(7)),
    };
}
