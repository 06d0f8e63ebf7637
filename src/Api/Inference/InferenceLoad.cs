using System.Diagnostics.Metrics;
using System.Threading.RateLimiting;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.Inference;

/// <summary>
/// How many calls to models this gateway has under way, and how many bytes their bodies have: one that is too much is
/// told so at once, while those that were taken go on at their pace.
/// </summary>
internal sealed class InferenceLoad : IDisposable
{
    // Permits are integers, and bodies may have more bytes than those can say.
    private const int BytesOfPermit = 1024;

    private const string Calls = "calls";
    private const string Bodies = "bodies";

    private readonly ConcurrencyLimiter calls;
    private readonly ConcurrencyLimiter bodies;
    private readonly Counter<long> shed;

    public InferenceLoad(GatewaySettings settings, IMeterFactory meters)
    {
        var mostPermits = PermitsOf(settings.MaxBodyBytesInFlight);
        calls = LimiterOf(settings.MaxInFlight);
        bodies = LimiterOf(mostPermits);

        var meter = meters.Create(GatewayMetrics.MeterName);
        shed = meter.CreateCounter<long>("cleangateway.calls.shed", "{call}", "Calls refused because too much was under way; they are in no table");
        foreach (var reason in (string[])[Calls, Bodies])
            shed.Add(0, new KeyValuePair<string, object?>("reason", reason));
        meter.CreateObservableGauge(
            "cleangateway.calls.in_flight", () => settings.MaxInFlight - Available(calls), "{call}", "Calls to models under way on this gateway");
        meter.CreateObservableGauge(
            "cleangateway.bodies.in_flight", () => (mostPermits - Available(bodies)) * BytesOfPermit, "By", "Bytes of the bodies of these calls");
    }

    public static GatewayError Overloaded { get; } =
        new(GatewayErrorKind.Unavailable, "overloaded", "The gateway has as many calls under way as it takes. Please try again.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    /// <summary>A place for a call until its answer has ended.</summary>
    /// <returns>False: there is none.</returns>
    public bool TryBegin(HttpContext http) => TryTake(calls, 1, http, Calls);

    /// <summary>Room for so many bytes of a body until the call has ended.</summary>
    /// <inheritdoc cref="TryBegin" path="/returns"/>
    public bool TryHold(HttpContext http, long bytes) => TryTake(bodies, PermitsOf(bytes), http, Bodies);

    public void Dispose()
    {
        calls.Dispose();
        bodies.Dispose();
    }

    private bool TryTake(ConcurrencyLimiter limiter, int permits, HttpContext http, string what)
    {
        var lease = limiter.AttemptAcquire(permits);
        if (lease.IsAcquired)
            http.Response.RegisterForDispose(lease);
        else
            shed.Add(1, new KeyValuePair<string, object?>("reason", what));

        return lease.IsAcquired;
    }

    private static int PermitsOf(long bytes) => (int)((bytes + BytesOfPermit - 1) / BytesOfPermit);

    private static ConcurrencyLimiter LimiterOf(int permits) => new(new ConcurrencyLimiterOptions { PermitLimit = permits, QueueLimit = 0 });

    private static long Available(ConcurrencyLimiter limiter) => limiter.GetStatistics()?.CurrentAvailablePermits ?? 0;
}
