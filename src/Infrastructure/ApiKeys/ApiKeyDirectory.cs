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

/// <summary>
/// Looks API keys up by the full SHA-256 of their secret, or of the secret before the last rotation. What time does to a
/// key is looked at whenever it is used, not when it is read.
/// </summary>
internal sealed class ApiKeyDirectory : IApiKeyDirectory, IDisposable
{
    private const int FirstLimit = 11;
    private const int FirstOfProject = 18;

    // Each of the two hashes has an index of its own; one OR over both would leave the choice to the planner.
    internal static readonly string Sql =
        $"""
        SELECT v.version, k.id, k.name, k.enabled, k.allowed_models, k.expires_at, k.created_at, k.log_content, k.drop_params,
               k.previous_key_hash, k.previous_key_expires_at, {UsageLimitsMapping.ColumnsOf("k")},
               p.id, p.name, p.enabled, p.created_at, {UsageLimitsMapping.ColumnsOf("p")}, k.key_hash
        FROM config_version v
        LEFT JOIN api_keys k ON k.id = (
            SELECT id FROM api_keys WHERE key_hash = $1 UNION ALL SELECT id FROM api_keys WHERE previous_key_hash = $1 LIMIT 1)
        LEFT JOIN projects p ON p.id = k.project_id
        """;

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
        await cache.FindAsync(keyHash, cancellationToken) is { } key && key.IsOpenedBy(keyHash, clock.GetUtcNow()) ? key : null;

    public bool IsKnown(string keyHash) => cache.Remembers(keyHash);

    public void Dispose() => cache.Dispose();

    private async Task<Versioned<ApiKey>> LoadAsync(string keyHash, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = keyHash });

        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Versioned<ApiKey>(row.GetInt64(0), row.IsDBNull(1) ? null : ReadKey(row));
    }

    private static ApiKey ReadKey(NpgsqlDataReader row)
    {
        var limits = new KeyLimits
        {
            Limits = UsageLimitsMapping.Read(row, FirstLimit),
            AllowedModels = row.IsDBNull(4) ? null : row.GetFieldValue<string[]>(4),
            LogContent = row.IsDBNull(7) ? null : Enum.Parse<ContentPolicy>(row.GetString(7), ignoreCase: true),
            DropParams = row.GetBoolean(8),
            ExpiresAt = Moment(row, 5),
        };
        var previous = (row.IsDBNull(9) ? null : row.GetString(9), Moment(row, 10));
        return ApiKey.Load(
            new ApiKeyId(row.GetGuid(1)), row.GetString(2), row.GetString(row.FieldCount - 1), row.GetBoolean(3), row.GetFieldValue<DateTimeOffset>(6), limits,
            ReadProject(row, FirstOfProject), previous);
    }

    private static DateTimeOffset? Moment(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static Project? ReadProject(NpgsqlDataReader row, int first) => row.IsDBNull(first)
        ? null
        : Project.Load(
            new ProjectId(row.GetGuid(first)), row.GetString(first + 1), row.GetBoolean(first + 2), UsageLimitsMapping.Read(row, first + 4),
            row.GetFieldValue<DateTimeOffset>(first + 3));
}
