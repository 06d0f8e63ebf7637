using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Security;
using Npgsql;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>The configuration tables as they were at one moment.</summary>
/// <param name="Problems">Rows that cannot even be read, and why; they are not among the others.</param>
/// <param name="MasterKeys">The keys that credentials are sealed with, oldest first.</param>
internal sealed record ConfigurationRows(
    long Version, IReadOnlyList<ProviderRow> Providers, IReadOnlyList<Model> Models, IReadOnlyList<AliasRow> Aliases, IReadOnlyList<string> Problems,
    IReadOnlyList<MasterKeyRow> MasterKeys)
{
    /// <summary>Reads them in one snapshot of the database, so that version and content belong together.</summary>
    public static async Task<ConfigurationRows> ReadAsync(GatewayDatabase database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new("SELECT version FROM config_version"),
                new("SELECT id, name, provider_type, encrypted_credentials, config::text, source FROM providers WHERE enabled ORDER BY created_at, id"),
                new(
                    """
                    SELECT id, model_name, litellm_provider, input_cost_per_token, output_cost_per_token, mode, created_at,
                           prices::text, max_input_tokens, max_output_tokens, capabilities::text, upstream_model, drop_params
                    FROM models
                    """),
                new("SELECT alias, target_model_id, provider_id, created_at FROM model_aliases WHERE enabled"),
                new(MasterKeyRow.Select),
            },
        };

        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        var version = await rows.ReadAsync(cancellationToken)
            ? rows.GetInt64(0)
            : throw new InvalidOperationException("The table config_version is empty; INSERT INTO config_version DEFAULT VALUES repairs it.");

        var providers = await NextAsync(row => new ProviderRow(
            row.GetGuid(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4), row.GetString(5)));
        var problems = new List<string>();
        var models = (await NextAsync(row => ReadModel(row, problems))).OfType<Model>().ToList();
        var aliases = await NextAsync(row => new AliasRow(
            row.GetString(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetFieldValue<DateTimeOffset>(3)));
        var masterKeys = await NextAsync(MasterKeyRow.Read);
        return new ConfigurationRows(version, providers, models, aliases, problems, masterKeys);

        async Task<List<T>> NextAsync<T>(Func<NpgsqlDataReader, T> read)
        {
            var items = new List<T>();
            await rows.NextResultAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                items.Add(read(rows));

            return items;
        }
    }

    private static Model? ReadModel(NpgsqlDataReader row, List<string> problems)
    {
        try
        {
            return Model.Load(
                new ModelId(row.GetGuid(0)), row.GetString(1), row.GetString(2), Rate(row, 3), Rate(row, 4), row.GetString(5),
                row.GetFieldValue<DateTimeOffset>(6), row.GetString(7), Count(row, 8), Count(row, 9),
                row.GetString(10), row.IsDBNull(11) ? null : row.GetString(11), row.GetBoolean(12));
        }
        catch (FormatException wrong)
        {
            problems.Add($"model '{row.GetString(1)}': {wrong.Message}");
            return null;
        }
        catch (OverflowException)
        {
            problems.Add($"model '{row.GetString(1)}': a rate has more digits than can be counted with exactly; 28 are");
            return null;
        }
    }

    private static int? Count(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    private static decimal? Rate(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDecimal(column);
}

/// <param name="Config">JSON object.</param>
internal sealed record ProviderRow(Guid Id, string Name, string Type, string? Credentials, string Config, string Source);

internal sealed record AliasRow(string Alias, Guid TargetModelId, Guid? ProviderId, DateTimeOffset CreatedAt);
