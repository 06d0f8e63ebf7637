using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Projects;
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
            $"""
            SELECT v.version, k.id, k.name, k.enabled, k.allowed_models, k.expires_at, k.created_at, k.log_content, {LimitsOf("k")},
                   p.id, p.name, p.enabled, p.created_at, {LimitsOf("p")}, k.drop_params
            FROM config_version v LEFT JOIN api_keys k ON k.key_hash = $1 LEFT JOIN projects p ON p.id = k.project_id
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = keyHash });

        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Versioned<ApiKey>(row.GetInt64(0), row.IsDBNull(1) ? null : ReadKey(row, keyHash));
    }

    private static string LimitsOf(string table) => string.Join(", ", UsageLimitsMapping.Columns.Split(", ").Select(column => $"{table}.{column}"));

    private static ApiKey ReadKey(NpgsqlDataReader row, string keyHash)
    {
        var limits = new KeyLimits
        {
            Limits = UsageLimitsMapping.Read(row, 8),
            AllowedModels = row.IsDBNull(4) ? null : row.GetFieldValue<string[]>(4),
            LogContent = row.IsDBNull(7) ? null : Enum.Parse<ContentPolicy>(row.GetString(7), ignoreCase: true),
            DropParams = row.GetBoolean(row.FieldCount - 1),
            ExpiresAt = row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5),
        };
        return ApiKey.Load(
            new ApiKeyId(row.GetGuid(1)), row.GetString(2), keyHash, row.GetBoolean(3), row.GetFieldValue<DateTimeOffset>(6), limits, ReadProject(row, 15));
    }

    private static Project? ReadProject(NpgsqlDataReader row, int first) => row.IsDBNull(first)
        ? null
        : Project.Load(
            new ProjectId(row.GetGuid(first)), row.GetString(first + 1), row.GetBoolean(first + 2), UsageLimitsMapping.Read(row, first + 4),
            row.GetFieldValue<DateTimeOffset>(first + 3));
}
