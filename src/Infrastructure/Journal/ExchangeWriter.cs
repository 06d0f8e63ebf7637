using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace CleanGateway.Infrastructure.Journal;

/// <summary>
/// Writes exchanges, many in one transaction: requests, responses, ledger and monthly sums. What is there already is
/// left alone and not counted again, so a batch may be written any number of times.
/// </summary>
internal sealed class ExchangeWriter(GatewayDatabase database)
{
    // A response goes in only with a request that was really new, and with its number.
    private const string WriteExchanges =
        """
        WITH new AS (
            INSERT INTO requests (
                request_id, created_at, client_request_id, api_key, route, method, url, headers, body, body_form, model, user_id, stream,
                provider_id, provider_name, status_code, start_time, end_time)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            ON CONFLICT (request_id, created_at) DO NOTHING
            RETURNING id, request_id, created_at
        )
        INSERT INTO responses (
            request_id_fk, request_created_at, created_at, outcome, error_code, status_code, latency_ms, response_body, body_form,
            response_model, prompt_tokens, completion_tokens, total_tokens, cost, unpriced_reason, usage_source)
        SELECT new.id, new.created_at, r.ended_at, r.outcome, r.error_code, r.status_code, r.latency_ms, r.body, r.body_form,
               r.model, r.prompt_tokens, r.completion_tokens, r.total_tokens, r.cost, r.unpriced_reason, r.usage_source
        FROM unnest($1, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
             AS r(request_id, ended_at, outcome, error_code, status_code, latency_ms, body, body_form,
                  model, prompt_tokens, completion_tokens, total_tokens, cost, unpriced_reason, usage_source)
        JOIN new USING (request_id)
        """;

    // Only ledger lines that were really new add to the sums and end a hold on a budget; keys in one order, so that two
    // writers never wait for each other in a circle.
    private const string WriteUsage =
        $"""
        WITH new AS (
            INSERT INTO usage_records (
                request_id, created_at, api_key_id, provider_id, model, prompt_tokens, completion_tokens, total_tokens,
                cached_tokens, reasoning_tokens, total_cost_usd, unpriced_reason, usage_source, project_id, price_version, usage_details)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            ON CONFLICT (request_id, created_at) DO NOTHING
            RETURNING request_id, api_key_id, project_id, created_at, prompt_tokens, completion_tokens, total_tokens, total_cost_usd
        ), released AS (
            DELETE FROM budget_reservations USING new WHERE budget_reservations.request_id = new.request_id
        ), spent AS (
            INSERT INTO budgets AS known (scope_id, period, spent)
            SELECT scope_id, period, sum(total_cost_usd)
            FROM new
            CROSS JOIN LATERAL (VALUES (api_key_id), (project_id)) AS scopes(scope_id)
            CROSS JOIN LATERAL ({BudgetPeriods.Sql}) AS periods(period)
            WHERE scope_id IS NOT NULL AND total_cost_usd IS NOT NULL
            GROUP BY 1, 2
            ORDER BY 1, 2
            ON CONFLICT (scope_id, period) DO UPDATE SET spent = known.spent + excluded.spent
        )
        INSERT INTO monthly_usage_summary AS sums (
            api_key_id, year, month, total_requests, prompt_tokens, completion_tokens, total_tokens, total_cost_usd, unpriced_requests)
        SELECT api_key_id, extract(year FROM created_at AT TIME ZONE 'UTC')::integer, extract(month FROM created_at AT TIME ZONE 'UTC')::integer,
               count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0), coalesce(sum(total_tokens), 0),
               coalesce(sum(total_cost_usd), 0), count(*) FILTER (WHERE total_cost_usd IS NULL)
        FROM new
        GROUP BY 1, 2, 3
        ORDER BY 1, 2, 3
        ON CONFLICT (api_key_id, year, month) DO UPDATE SET
            total_requests = sums.total_requests + excluded.total_requests,
            prompt_tokens = sums.prompt_tokens + excluded.prompt_tokens,
            completion_tokens = sums.completion_tokens + excluded.completion_tokens,
            total_tokens = sums.total_tokens + excluded.total_tokens,
            total_cost_usd = sums.total_cost_usd + excluded.total_cost_usd,
            unpriced_requests = sums.unpriced_requests + excluded.unpriced_requests
        """;

    private const string CorrectExchanges =
        """
        WITH told AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5) AS t(request_id, created_at, status_code, outcome, error_code)
        ), corrected AS (
            UPDATE requests SET status_code = told.status_code
            FROM told WHERE requests.request_id = told.request_id AND requests.created_at = told.created_at
            RETURNING requests.id, requests.created_at, told.status_code, told.outcome, told.error_code
        )
        UPDATE responses SET status_code = corrected.status_code, outcome = corrected.outcome, error_code = corrected.error_code
        FROM corrected WHERE request_id_fk = corrected.id AND request_created_at = corrected.created_at
        """;

    // A batch is small; a single exchange can be hundreds of megabytes, which no deadline for the others is long enough for.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private const long BytesPerSecond = 1024 * 1024;

    /// <summary>All of them, or none.</summary>
    public async Task WriteAsync(IReadOnlyList<ExchangeRow> exchanges, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForJournalAsync(cancellationToken);

        // Without a transaction of its own a batch is one (PostgreSQL documentation, 55.2.3), in one round trip.
        await using var batch = new NpgsqlBatch(connection)
        {
            Timeout = (int)(Deadline.TotalSeconds + (exchanges.Sum(exchange => exchange.Size) / BytesPerSecond)),
        };
        batch.BatchCommands.Add(new NpgsqlBatchCommand(BookLock.Shared));
        batch.BatchCommands.Add(ExchangesCommand(exchanges));
        if (exchanges.Any(exchange => exchange.Usage is not null))
            batch.BatchCommands.Add(UsageCommand([.. exchanges.Where(exchange => exchange.Usage is not null)]));

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Of these, which all have a ledger line, that line and what depends on it alone.</summary>
    public async Task WriteUsageAsync(IReadOnlyList<ExchangeRow> billed, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForJournalAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { Timeout = (int)Deadline.TotalSeconds };
        batch.BatchCommands.Add(new NpgsqlBatchCommand(BookLock.Shared));
        batch.BatchCommands.Add(UsageCommand(billed));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes outcome, error code and status anew; the rest of the rows stands.</summary>
    public async Task CorrectAsync(IReadOnlyList<ExchangeRow> exchanges, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForJournalAsync(cancellationToken);
        await using var command = new NpgsqlCommand(CorrectExchanges, connection);
        var columns = new ColumnSet<ExchangeRow>(exchanges, command.Parameters);
        columns.Add(NpgsqlDbType.Text, e => e.Request.RequestId);
        columns.Add(NpgsqlDbType.TimestampTz, e => e.Request.CreatedAt);
        columns.Add(NpgsqlDbType.Integer, e => e.Request.StatusCode);
        columns.Add(NpgsqlDbType.Text, e => e.Response.Outcome);
        columns.Add(NpgsqlDbType.Text, e => e.Response.ErrorCode);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand ExchangesCommand(IReadOnlyList<ExchangeRow> exchanges)
    {
        var command = new NpgsqlBatchCommand(WriteExchanges);
        var columns = new ColumnSet<ExchangeRow>(exchanges, command.Parameters);

        columns.Add(NpgsqlDbType.Text, e => e.Request.RequestId);
        columns.Add(NpgsqlDbType.TimestampTz, e => e.Request.CreatedAt);
        columns.Add(NpgsqlDbType.Text, e => e.Request.ClientRequestId);
        columns.Add(NpgsqlDbType.Uuid, e => e.Request.ApiKey);
        columns.Add(NpgsqlDbType.Text, e => e.Request.Route);
        columns.Add(NpgsqlDbType.Text, e => e.Request.Method);
        columns.Add(NpgsqlDbType.Text, e => e.Request.Url);
        columns.Add(NpgsqlDbType.Json, e => e.Request.Headers);
        columns.Add(NpgsqlDbType.Json, e => e.Request.Body.Json);
        columns.Add(NpgsqlDbType.Text, e => e.Request.Body.Form.ToSnakeCase());
        columns.Add(NpgsqlDbType.Text, e => e.Request.Model);
        columns.Add(NpgsqlDbType.Text, e => e.Request.UserId);
        columns.Add(NpgsqlDbType.Boolean, e => e.Request.Stream);
        columns.Add(NpgsqlDbType.Uuid, e => e.Request.ProviderId);
        columns.Add(NpgsqlDbType.Text, e => e.Request.ProviderName);
        columns.Add(NpgsqlDbType.Integer, e => e.Request.StatusCode);
        columns.Add(NpgsqlDbType.TimestampTz, e => e.Request.StartTime);
        columns.Add(NpgsqlDbType.TimestampTz, e => e.Request.EndTime);

        columns.Add(NpgsqlDbType.Text, e => e.Response.Outcome);
        columns.Add(NpgsqlDbType.Text, e => e.Response.ErrorCode);
        columns.Add(NpgsqlDbType.Integer, e => e.Response.StatusCode);
        columns.Add(NpgsqlDbType.Numeric, e => e.Response.LatencyMs);
        columns.Add(NpgsqlDbType.Json, e => e.Response.Body.Json);
        columns.Add(NpgsqlDbType.Text, e => e.Response.Body.Form.ToSnakeCase());
        columns.Add(NpgsqlDbType.Text, e => e.Response.ResponseModel);
        columns.Add(NpgsqlDbType.Bigint, e => e.Response.PromptTokens);
        columns.Add(NpgsqlDbType.Bigint, e => e.Response.CompletionTokens);
        columns.Add(NpgsqlDbType.Bigint, e => e.Response.TotalTokens);
        columns.Add(NpgsqlDbType.Numeric, e => e.Response.Cost);
        columns.Add(NpgsqlDbType.Text, e => e.Response.UnpricedReason);
        columns.Add(NpgsqlDbType.Text, e => e.Response.UsageSource);
        return command;
    }

    private static NpgsqlBatchCommand UsageCommand(IReadOnlyList<ExchangeRow> billed)
    {
        var command = new NpgsqlBatchCommand(WriteUsage);
        var columns = new ColumnSet<ExchangeRow>(billed, command.Parameters);

        columns.Add(NpgsqlDbType.Text, e => e.Request.RequestId);
        columns.Add(NpgsqlDbType.TimestampTz, e => e.Request.CreatedAt);
        columns.Add(NpgsqlDbType.Uuid, e => e.Request.ApiKey);
        columns.Add(NpgsqlDbType.Uuid, e => e.Usage!.ProviderId);
        columns.Add(NpgsqlDbType.Text, e => e.Usage!.Model);
        columns.Add(NpgsqlDbType.Bigint, e => e.Usage!.PromptTokens);
        columns.Add(NpgsqlDbType.Bigint, e => e.Usage!.CompletionTokens);
        columns.Add(NpgsqlDbType.Bigint, e => e.Usage!.TotalTokens);
        columns.Add(NpgsqlDbType.Bigint, e => e.Usage!.CachedTokens);
        columns.Add(NpgsqlDbType.Bigint, e => e.Usage!.ReasoningTokens);
        columns.Add(NpgsqlDbType.Numeric, e => e.Usage!.TotalCostUsd);
        columns.Add(NpgsqlDbType.Text, e => e.Usage!.UnpricedReason);
        columns.Add(NpgsqlDbType.Text, e => e.Usage!.UsageSource);
        columns.Add(NpgsqlDbType.Uuid, e => e.Usage!.ProjectId);
        columns.Add(NpgsqlDbType.Text, e => e.Usage!.PriceVersion);
        columns.Add(NpgsqlDbType.Jsonb, e => e.Usage!.UsageDetails);
        return command;
    }

    /// <summary>Turns rows into one array parameter per column, in the order of the statement's numbers.</summary>
    private sealed class ColumnSet<TRow>(IReadOnlyList<TRow> rows, NpgsqlParameterCollection parameters)
    {
        public void Add<TValue>(NpgsqlDbType type, Func<TRow, TValue> value)
        {
            var values = new TValue[rows.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = value(rows[i]);

            parameters.Add(new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
        }
    }
}
