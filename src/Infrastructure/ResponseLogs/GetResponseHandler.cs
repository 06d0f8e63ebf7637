using CleanGateway.Application.Common;
using CleanGateway.Application.ResponseLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.AuditLog;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.ResponseLogs;

internal sealed class GetResponseHandler(GatewayDbContext context, ContentReadings readings) : IRequestHandler<GetResponse, ResponseDetail>
{
    public async Task<ResponseDetail> Handle(GetResponse query, CancellationToken cancellationToken)
    {
        // The moment inside the id leads to the one partition that can hold it.
        var item = RequestId.TryParse(query.RequestId, out var id)
            ? await context.Database
                .SqlQueryRaw<ResponseItem>($"{ListResponsesHandler.SelectItems} WHERE q.request_id = {{0}} AND q.created_at = {{1}}", id.Value, id.CreatedAt)
                .SingleOrDefaultAsync(cancellationToken)
            : null;
        if (item is null)
            throw new GatewayException(GatewayError.NotFound("response", query.RequestId));

        var body = await context.Database.SqlQuery<Texts>(
            $"""
            SELECT response_body::text AS "Body", body_form AS "BodyForm" FROM responses
            WHERE id = {item.Id} AND request_created_at = {id.CreatedAt}
            """).SingleAsync(cancellationToken);
        await readings.RecordAsync("response", id.Value, cancellationToken);
        return new ResponseDetail(item, RawJson.From(body.Body), body.BodyForm);
    }

    private sealed record Texts(string? Body, string BodyForm);
}
