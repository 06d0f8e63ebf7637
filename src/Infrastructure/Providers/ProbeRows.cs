using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Npgsql;

namespace CleanGateway.Infrastructure.Providers;

/// <summary>What a test of a provider needs of the configuration as it is now, used or not.</summary>
internal sealed class ProbeRows(GatewayDatabase database)
{
    /// <exception cref="GatewayException">It is not there any more.</exception>
    public async Task<ProviderRow> ProviderAsync(ProviderId id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "SELECT id, name, provider_type, encrypted_credentials, config::text, source FROM providers WHERE id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id.Value });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new ProviderRow(
                row.GetGuid(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4), row.GetString(5))
            : throw new GatewayException(GatewayError.NotFound("provider", id.ToString()));
    }

    /// <summary>What the provider calls the model to be asked for.</summary>
    /// <param name="wanted">A model or an alias; what is neither is taken for the provider's own word. Null: one that an alias ties to this provider.</param>
    /// <param name="anyServed">Without such an alias, any chat model of the provider's type.</param>
    /// <returns>Null: there is none.</returns>
    public async Task<string?> UpstreamModelAsync(ProviderRow provider, string? wanted, bool anyServed, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT m.model_name, m.litellm_provider, m.upstream_model, m.mode, a.alias IS NOT NULL
            FROM models m LEFT JOIN model_aliases a ON a.target_model_id = m.id AND (a.alias = $1 OR ($1 IS NULL AND a.provider_id = $2))
            WHERE ($1 IS NULL AND (a.alias IS NOT NULL OR $3) AND m.mode = 'chat') OR m.model_name = $1 OR a.alias = $1
            ORDER BY a.alias IS NULL, m.created_at, m.model_name
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = wanted });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = provider.Id });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = anyServed });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var (name, word) = (row.GetString(0), row.GetString(1));
            if (wanted is null && !row.GetBoolean(4) && UpstreamNames.ProviderType(word) != provider.Type)
                continue;

            return row.IsDBNull(2) ? UpstreamNames.Of(Model.Load(default, name, word, null, null, row.GetString(3), default)) : row.GetString(2);
        }

        return wanted;
    }
}
