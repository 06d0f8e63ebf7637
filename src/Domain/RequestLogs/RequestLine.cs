namespace CleanGateway.Domain.RequestLogs;

/// <summary>What HTTP says about a call before its body is read.</summary>
/// <param name="Route">The endpoint's pattern, or the path where none matched.</param>
/// <param name="Url">Path and query as they came.</param>
/// <param name="Headers">JSON object, from an allow-list.</param>
/// <param name="ClientRequestId">The caller's own id, already checked.</param>
public sealed record RequestLine(string Route, string Method, string Url, string? Headers, string? ClientRequestId);
