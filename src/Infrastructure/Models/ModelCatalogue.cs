using System.Text.Json;
using CleanGateway.Application.Models;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.AuditLog;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanGateway.Infrastructure.Models;

internal sealed class ModelCatalogue(GatewayDatabase database, GatewayDbContext context, AuditTrail audit) : IModelCatalogue
{
    // Thousands of rows, each with its trigger.
    private const int WriteDeadlineSeconds = 120;
    private const int MostNamesAudited = 100;

    public async Task<IReadOnlyList<CatalogueModel>> FindAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT model_name, litellm_provider, mode, input_cost_per_token::text, output_cost_per_token::text, max_input_tokens, max_output_tokens,
                   prices::text, capabilities::text, extra::text
            FROM models WHERE model_name = ANY($1)
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. names] });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<CatalogueModel>();
        while (await row.ReadAsync(cancellationToken))
        {
            found.Add(new CatalogueModel(
                row.GetString(0), row.GetString(1), row.GetString(2), Number(row, 3), Number(row, 4), Count(row, 5), Count(row, 6),
                Canonical(row.GetString(7)), Canonical(row.GetString(8)), Canonical(row.GetString(9))));
        }

        return found;
    }

    public async Task WriteAsync(IReadOnlyCollection<CatalogueModel> models, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO models (model_name, litellm_provider, mode, input_cost_per_token, output_cost_per_token, max_input_tokens, max_output_tokens,
                                prices, capabilities, extra)
            SELECT name, provider, mode, input::numeric, output::numeric, max_input, max_output, prices::jsonb, capabilities::jsonb, extra::jsonb
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                AS model (name, provider, mode, input, output, max_input, max_output, prices, capabilities, extra)
            ORDER BY name
            ON CONFLICT (model_name) DO UPDATE SET
                litellm_provider = excluded.litellm_provider, mode = excluded.mode,
                input_cost_per_token = excluded.input_cost_per_token, output_cost_per_token = excluded.output_cost_per_token,
                max_input_tokens = excluded.max_input_tokens, max_output_tokens = excluded.max_output_tokens,
                prices = excluded.prices, capabilities = excluded.capabilities, extra = excluded.extra
            """,
            (NpgsqlConnection)context.Database.GetDbConnection())
        { CommandTimeout = WriteDeadlineSeconds };
        Add(model => model.Name);
        Add(model => model.LitellmProvider);
        Add(model => model.Mode);
        Add(model => model.InputCostPerToken);
        Add(model => model.OutputCostPerToken);
        Add(model => model.MaxInputTokens);
        Add(model => model.MaxOutputTokens);
        Add(model => model.Prices);
        Add(model => model.Capabilities);
        Add(model => model.Extra);
        await command.ExecuteNonQueryAsync(cancellationToken);

        context.AuditLog.Add(audit.Of(new AuditedChange(
            "model", TargetId: null, $"{models.Count} models",
            [.. models.Select(model => model.Name).Order(StringComparer.Ordinal).Take(MostNamesAudited)])));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        void Add<T>(Func<CatalogueModel, T> column) => command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = [.. models.Select(column)] });
    }

    // PostgreSQL writes no exponents, and zeros as they were given.
    internal static string? Number(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column) is var text && text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;

    private static int? Count(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    internal static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        return CanonicalJson.Write(document.RootElement);
    }
}
