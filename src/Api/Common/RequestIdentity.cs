using System.Globalization;
using CleanGateway.Api.Inference;
using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Telemetry;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.RequestLogs;
using Microsoft.Extensions.Primitives;

namespace CleanGateway.Api.Common;

/// <summary>Who a request is, from its first line on: our id, the caller's id, and since when.</summary>
internal sealed record RequestIdentity(RequestId Id, string? ClientRequestId, DateTimeOffset StartedAt, long StartedTimestamp)
{
    private static readonly AsyncLocal<RequestIdentity?> Ambient = new();

    /// <summary>
    /// The request that is being worked on, also by what goes on for it after its answer; null outside of requests.
    /// </summary>
    public static RequestIdentity? Current => Ambient.Value;

    /// <summary>The trace that the caller is in; null where it names none.</summary>
    public TraceContext? TraceContext { get; init; }

    /// <summary>Whose request it is, once that is known.</summary>
    public ApiKeyId? KeyId { get; set; }

    /// <summary>Makes it the current one of whatever the request does from here on.</summary>
    public void Enter() => Ambient.Value = this;
}

/// <summary>
/// Gives each request its identity, and each answer the headers that tell it. What they say is true at the moment the
/// headers go out: for a stream, before its first event.
/// </summary>
internal sealed class RequestIdentityMiddleware(RequestDelegate next, TimeProvider clock)
{
    private const int LongestClientRequestId = 512;

    public Task InvokeAsync(HttpContext http)
    {
        var now = clock.GetUtcNow();
        var identity = new RequestIdentity(RequestId.New(now), ClientRequestId(http.Request), now, clock.GetTimestamp())
        {
            TraceContext = TraceContextOf(http.Request.Headers),
        };
        http.Features.Set(identity);
        http.TraceIdentifier = identity.Id.Value;
        identity.Enter();
        http.Response.OnStarting(AddHeaders, (http, identity, clock));
        return next(http);
    }

    private static Task AddHeaders(object state)
    {
        var (http, identity, clock) = ((HttpContext, RequestIdentity, TimeProvider))state;
        var headers = http.Response.Headers;
        SecurityHeaders.Add(http);
        headers["X-Request-ID"] = identity.Id.Value;
        if (http.ApiFormat().IsAnthropic())
            headers["request-id"] = identity.Id.Value;
        if (identity.ClientRequestId is { } clientRequestId)
            headers["X-Client-Request-ID"] = clientRequestId;

        var call = http.Features.Get<ClientCall>();
        AllowanceHeaders.Add(headers, call?.Allowance);
        headers["X-DB-Overhead"] = Milliseconds(call?.JournalWait ?? TimeSpan.Zero);
        headers["X-Total-Latency"] = Milliseconds(clock.GetElapsedTime(identity.StartedTimestamp));
        return Task.CompletedTask;
    }

    // Two of the first name two places, so neither counts; the second may come in pieces (W3C Trace Context, 3.3.1).
    private static TraceContext? TraceContextOf(IHeaderDictionary headers) =>
        headers.TraceParent is [{ } parent]
            ? TraceContext.Read(parent, headers.TraceState.Count == 0 ? null : string.Join(',', headers.TraceState.ToArray()))
            : null;

    // OpenAI's name for it first; other clients and proxies use the shorter one.
    private static string? ClientRequestId(HttpRequest request) => Usable(request.Headers["X-Client-Request-Id"]) ?? Usable(request.Headers["X-Request-ID"]);

    private static string? Usable(StringValues values) =>
        values is [{ Length: > 0 and <= LongestClientRequestId } id] && id.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? id : null;

    private static string Milliseconds(TimeSpan duration) => duration.TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture) + "ms";
}
