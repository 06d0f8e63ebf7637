using CleanGateway.Application.Common;

namespace CleanGateway.Application.ResponseLogs;

/// <summary>
/// The response to one request with all that is kept of it; <c>response_not_found</c> if there is none. The audit log tells
/// who asked.
/// </summary>
/// <param name="RequestId"><c>req_…</c> of the request it answers.</param>
public sealed record GetResponse(string RequestId) : IQuery<ResponseDetail>;

/// <param name="BodyForm">How to read <paramref name="Body"/>: <see cref="Domain.RequestLogs.BodyForm"/> in snake case.</param>
public sealed record ResponseDetail(ResponseItem Response, RawJson? Body, string BodyForm);
