using CleanGateway.Application.ResponseLogs;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.ResponseLogs;

internal sealed class ListResponsesHandler(ReportsDatabase database) : IRequestHandler<ListResponses, IReadOnlyList<ResponseItem>>
{
    internal const string SelectItems =
        """
        SELECT r.id AS "Id", r.created_at AS "CreatedAt", q.request_id AS "RequestId", q.model AS "Model", r.response_model AS "ResponseModel",
               r.status_code AS "StatusCode", r.outcome AS "Outcome", r.error_code AS "ErrorCode", r.latency_ms AS "LatencyMs",
               r.prompt_tokens AS "PromptTokens", r.completion_tokens AS "CompletionTokens", r.total_tokens AS "TotalTokens",
               r.cost AS "Cost", r.unpriced_reason AS "UnpricedReason"
        FROM responses r JOIN requests q ON q.id = r.request_id_fk AND q.created_at = r.request_created_at
        """;

    public Task<IReadOnlyList<ResponseItem>> Handle(ListResponses query, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResponseItem>>(
            async connection =>
            {
                await using var context = new GatewayDbContext(GatewayDbContextOptions.For(connection));
                return await context.Database
                    .SqlQueryRaw<ResponseItem>($"{SelectItems} ORDER BY r.created_at DESC, r.id DESC LIMIT {{0}}", query.EffectiveLimit)
                    .ToListAsync(cancellationToken);
            },
            cancellationToken);
}
