using CleanGateway.Application.AdminTokens;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Npgsql;

namespace CleanGateway.Infrastructure.AdminTokens;

/// <summary>Looks admin tokens up by the full SHA-256 of the token.</summary>
internal sealed class AdminTokenDirectory : IAdminTokenDirectory, IDisposable
{
    private const int CacheSize = 1000;
    private static readonly TimeSpan CacheTtl = TimeSpan.FromMinutes(1);

    private readonly GatewayDatabase database;
    private readonly TimeProvider clock;
    private readonly VersionedCache<Found> cache;

    public AdminTokenDirectory(GatewayDatabase database, ConfigurationVersion version, TimeProvider clock)
    {
        this.database = database;
        this.clock = clock;
        cache = new VersionedCache<Found>(LoadAsync, CacheSize, CacheTtl, version, clock);
    }

    public async ValueTask<AdminIdentity?> FindUsableAsync(string tokenHash, CancellationToken cancellationToken) =>
        await cache.FindAsync(tokenHash, cancellationToken) is { } token && (token.ExpiresAt is null || clock.GetUtcNow() < token.ExpiresAt)
            ? token.Identity
            : null;

    public bool IsKnown(string tokenHash) => cache.Remembers(tokenHash);

    public bool AnyAtStart { get; private set; }

    /// <summary>Finds out <see cref="AnyAtStart"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM admin_tokens WHERE enabled AND (expires_at IS NULL OR expires_at > $1))", connection);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = clock.GetUtcNow() });
        AnyAtStart = (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public void Dispose() => cache.Dispose();

    private async Task<Versioned<Found>> LoadAsync(string tokenHash, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT v.version, t.id, t.name, t.role, t.expires_at
            FROM config_version v LEFT JOIN admin_tokens t ON t.token_hash = $1 AND t.enabled
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tokenHash });

        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var found = row.IsDBNull(1)
            ? null
            : new Found(
                new AdminIdentity(row.GetGuid(1), row.GetString(2), AdminTokenConfiguration.Parse(row.GetString(3))), row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4));
        return new Versioned<Found>(row.GetInt64(0), found);
    }

    private sealed record Found(AdminIdentity Identity, DateTimeOffset? ExpiresAt);
}
