using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Security;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Secrets;

/// <summary>How many providers' credentials each master key seals, by its id; under the empty id those that are in plain text.</summary>
internal static class CredentialsByKey
{
    public static async Task<IReadOnlyDictionary<string, long>> ReadAllAsync(GatewayDbContext context, CancellationToken cancellationToken)
    {
        var counts = await context.Database.SqlQueryRaw<Count>(
            $"""
            SELECT CASE WHEN encrypted_credentials LIKE '{EnvelopeCipher.Prefix}%' THEN split_part(encrypted_credentials, ':', 3) ELSE '' END AS "Id",
                   count(*) AS "Credentials"
            FROM providers WHERE encrypted_credentials IS NOT NULL GROUP BY 1
            """).ToListAsync(cancellationToken);
        return counts.ToDictionary(count => count.Id, count => count.Credentials, StringComparer.Ordinal);
    }

    /// <summary>Those of keys only.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> ReadAsync(GatewayDbContext context, CancellationToken cancellationToken) =>
        (await ReadAllAsync(context, cancellationToken)).Where(count => count.Key.Length > 0).ToDictionary(StringComparer.Ordinal);

    private sealed record Count(string Id, long Credentials);
}
