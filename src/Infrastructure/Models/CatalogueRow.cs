using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using Npgsql;

namespace CleanGateway.Infrastructure.Models;

/// <summary>A row of the table of models as lists show it: rates as the text they are, not as numbers of some width.</summary>
internal static class CatalogueRow
{
    public const string Columns =
        """
        id, model_name, litellm_provider, mode, input_cost_per_token::text, output_cost_per_token::text, prices::text, capabilities::text,
        max_input_tokens, max_output_tokens, upstream_model, drop_params, created_at, xmin
        """;

    public static CatalogueItem Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), RawJson.From(ModelCatalogue.Number(row, 4)),
        RawJson.From(ModelCatalogue.Number(row, 5)), new RawJson(ModelCatalogue.Canonical(row.GetString(6))),
        new RawJson(ModelCatalogue.Canonical(row.GetString(7))), row.IsDBNull(8) ? null : row.GetInt32(8), row.IsDBNull(9) ? null : row.GetInt32(9),
        row.IsDBNull(10) ? null : row.GetString(10), row.GetBoolean(11), row.GetFieldValue<DateTimeOffset>(12),
        Precondition.TagOf(row.GetFieldValue<uint>(13)));
}
