using CleanGateway.Application.Common;

namespace CleanGateway.Application.RequestLogs;

/// <summary>One request with all that is kept of it; <c>request_not_found</c> if there is none of that id. The audit log tells who asked.</summary>
/// <param name="RequestId"><c>req_…</c></param>
public sealed record GetRequest(string RequestId) : IQuery<RequestDetail>;

/// <param name="BodyForm">How to read <paramref name="Body"/>: <see cref="Domain.RequestLogs.BodyForm"/> in snake case.</param>
public sealed record RequestDetail(RequestItem Request, string Url, RawJson? Headers, RawJson? Body, string BodyForm);
