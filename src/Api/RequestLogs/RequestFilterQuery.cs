using CleanGateway.Application.RequestLogs;
using Microsoft.AspNetCore.Mvc;

namespace CleanGateway.Api.RequestLogs;

/// <summary>The query string of searches of calls.</summary>
internal sealed record RequestFilterQuery(
    string? Limit, string? Cursor, string? From, string? To, string? Model, string? Provider, string? Status, string? Outcome,
    [property: FromQuery(Name = "key_id")] string? KeyId,
    [property: FromQuery(Name = "error_code")] string? ErrorCode,
    [property: FromQuery(Name = "request_id")] string? RequestId,
    [property: FromQuery(Name = "client_request_id")] string? ClientRequestId,
    [property: FromQuery(Name = "user_id")] string? UserId)
{
    public RequestFilter Filter => new()
    {
        From = From, To = To, KeyId = KeyId, Model = Model, Provider = Provider, Status = Status, Outcome = Outcome, ErrorCode = ErrorCode,
        RequestId = RequestId, ClientRequestId = ClientRequestId, UserId = UserId,
    };
}
