using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.AuditLog;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.RequestLogs;

internal sealed class GetRequestHandler(GatewayDbContext context, ContentReadings readings) : IRequestHandler<GetRequest, RequestDetail>
{
    public async Task<RequestDetail> Handle(GetRequest query, CancellationToken cancellationToken)
    {
        // The moment inside the id leads to the one partition that can hold it.
        var item = RequestId.TryParse(query.RequestId, out var id)
            ? await context.Requests
                .Where(request => request.RequestId == id.Value && request.CreatedAt == id.CreatedAt)
                .Select(ListRequestsHandler.ToItem)
                .SingleOrDefaultAsync(cancellationToken)
            : null;
        if (item is null)
            throw new GatewayException(GatewayError.NotFound("request", query.RequestId));

        // Bodies are read as text: what was stored is what is shown, to the letter.
        var texts = await context.Database.SqlQuery<Texts>(
            $"""
            SELECT url AS "Url", headers::text AS "Headers", body::text AS "Body", body_form AS "BodyForm"
            FROM requests WHERE request_id = {id.Value} AND created_at = {id.CreatedAt}
            """).SingleAsync(cancellationToken);
        await readings.RecordAsync("request", id.Value, cancellationToken);
        return new RequestDetail(item, texts.Url, RawJson.From(texts.Headers), RawJson.From(texts.Body), texts.BodyForm);
    }

    private sealed record Texts(string Url, string? Headers, string? Body, string BodyForm);
}
