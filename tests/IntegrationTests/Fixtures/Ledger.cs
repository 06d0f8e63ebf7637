using Npgsql;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>Lines of the ledger as tests write them, whenever they are to have been.</summary>
internal static class Ledger
{
    /// <param name="at">When the call began, as PostgreSQL reads it.</param>
    /// <param name="cost">Null: not known.</param>
    public static Task AddAsync(
        this NpgsqlDataSource database, string at, Guid key, string model = "gpt-4", Guid? project = null, decimal? cost = 0.00045m, long? prompt = 9,
        long? completion = 3, long? cached = null, long? reasoning = null, string? source = "provider") => database.ExecuteAsync(
        """
        INSERT INTO usage_records (
            request_id, created_at, api_key_id, project_id, provider_id, model, prompt_tokens, completion_tokens, total_tokens, cached_tokens,
            reasoning_tokens, total_cost_usd, unpriced_reason, usage_source)
        VALUES (gen_random_uuid()::text, $1::timestamptz, $2, $3::uuid, gen_random_uuid(), $4, $5, $6, $5::bigint + $6::bigint, $7::bigint,
                $8::bigint, $9::numeric, CASE WHEN $9::numeric IS NULL THEN 'no_price' END, $10)
        """,
        TestContext.Current.CancellationToken, at, key, project, model, prompt, completion, cached, reasoning,
        cost, source);
}
