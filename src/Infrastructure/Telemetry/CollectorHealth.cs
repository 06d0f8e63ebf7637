using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>Says when the collector can no longer be reached, and when it can be again: once each, however many exports fail.</summary>
internal sealed partial class CollectorHealth(Uri collector, ILogger logger)
{
    private readonly Lock gate = new();
    private readonly HashSet<string> failing = [];

    /// <summary>Connections to the collector for one sort of telemetry, which are looked at.</summary>
    /// <param name="signal">What goes over them.</param>
    public HttpMessageHandler Watch(string signal, HttpMessageHandler connections) => new Watched(this, signal, connections);

    private void Failed(string signal, string why)
    {
        bool isFirst;
        lock (gate)
            isFirst = failing.Add(signal) && failing.Count == 1;
        if (isFirst)
            LogGone(collector.Authority, why);
    }

    private void Succeeded(string signal)
    {
        bool wasLast;
        lock (gate)
            wasLast = failing.Remove(signal) && failing.Count == 0;
        if (wasLast)
            LogBack(collector.Authority);
    }

    [LoggerMessage(LogLevel.Warning, "The collector {Collector} takes no telemetry ({Why}): it is lost until the collector does; calls go on as before")]
    private partial void LogGone(string collector, string why);

    [LoggerMessage(LogLevel.Information, "The collector {Collector} takes telemetry again")]
    private partial void LogBack(string collector);

    // The exporter sends synchronously over HTTP/1.1, and the other way over HTTP/2.
    private sealed class Watched(CollectorHealth health, string signal, HttpMessageHandler connections) : DelegatingHandler(connections)
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return Noted(base.Send(request, cancellationToken));
            }
            catch (Exception failure) when (Note(failure))
            {
                throw;
            }
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return Noted(await base.SendAsync(request, cancellationToken));
            }
            catch (Exception failure) when (Note(failure))
            {
                throw;
            }
        }

        private HttpResponseMessage Noted(HttpResponseMessage response)
        {
            if (response.IsSuccessStatusCode && GrpcStatus(response.Headers) is null or "0")
                health.Succeeded(signal);
            else
                health.Failed(signal, GrpcStatus(response.Headers) is { } status ? $"gRPC status {status}" : $"HTTP status {(int)response.StatusCode}");
            return response;
        }

        private bool Note(Exception failure)
        {
            health.Failed(signal, failure is HttpRequestException { HttpRequestError: var error } ? error.ToString() : failure.GetType().Name);
            return false;
        }

        // A refusal has it in its headers; what comes after a body is not waited for.
        private static string? GrpcStatus(HttpResponseHeaders headers) => headers.TryGetValues("grpc-status", out var values) ? values.First() : null;
    }
}
