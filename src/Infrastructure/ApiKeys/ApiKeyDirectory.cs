using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Npgsql;

namespace CleanGateway.Infrastructure.ApiKeys;

/// <summary>Looks API keys up by the full SHA-256 of their secret.</summary>
internal sealed class ApiKeyDirectory : IApiKeyDirectory, IDisposable
{
    private readonly GatewayDatabase database;
    private readonly TimeProvider clock;
    private readonly VersionedCache<ApiKey> cache;

    public ApiKeyDirectory(GatewayDatabase database, ConfigurationVersion version, GatewaySettings settings, TimeProvider clock)
    {
        this.database = database;
        this.clock = clock;
        cache = new VersionedCache<ApiKey>(LoadAsync, settings.ApiKeyCacheSize, settings.ApiKeyCacheTtl, version, clock);
    }

    public async ValueTask<ApiKey?> FindUsableAsync(string keyHash, CancellationToken cancellationToken) =>
        await cache.FindAsync(keyHash, cancellationToken) is { } key && key.IsUsable(clock.GetUtcNow()) ? key : null;

    public void Dispose() => cache.Dispose();

    private async Task<Versioned<ApiKey>> LoadAsync(string keyHash, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT v.version, k.id, k.name, k.enabled, k.rate_limit, k.monthly_budget, k.allowed_models, k.expires_at, k.created_at, k.log_content
            FROM config_version v LEFT JOIN api_keys k ON k.key_hash = $1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = keyHash });

        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        if (row.IsDBNull(1))
            return new Versioned<ApiKey>(row.GetInt64(0), null);

        var limits = new KeyLimits
        {
            RateLimit = row.IsDBNull(4) ? null : row.GetInt32(4),
            MonthlyBudget = row.IsDBNull(5) ? null : row.GetDecimal(5),
            AllowedModels = row.IsDBNull(6) ? null : row.GetFieldValue<string[]>(6),
            LogContent = row.IsDBNull(9) ? null : Enum.Parse<ContentPolicy>(row.GetString(9), ignoreCase: true),
            ExpiresAt = row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
        };
        var key = ApiKey.Load(
            new ApiKeyId(row.GetGuid(1)), row.GetString(2), keyHash, row.GetBoolean(3), row.GetFieldValue<DateTimeOffset>(8), limits);
        return new Versioned<ApiKey>(row.GetInt64(0), key);
    }
}
