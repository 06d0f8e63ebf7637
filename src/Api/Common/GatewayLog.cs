using System.Diagnostics;
using CleanGateway.Infrastructure;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Json;

namespace CleanGateway.Api.Common;

/// <summary>The gateway's own log: one JSON object a line on standard output.</summary>
internal static class GatewayLog
{
    /// <param name="level">The least that is told, until an admin says otherwise.</param>
    public static void AddGatewayLog(this ILoggingBuilder logging, LogLevel level)
    {
        logging.ClearProviders();
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.Services.AddLogLevels(level);

        // Where a trace is, Serilog says so itself.
        logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.None);

        // Serilog's own method would add a rule besides, by which it hears everything.
        logging.Services.AddSingleton<ILoggerProvider>(_ => new SerilogLoggerProvider(Create(), dispose: true));
    }

    // What is not to be told does not get here: LogLevelRules decides.
    private static Logger Create()
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .Enrich.With<OfRequest>()
            .Filter.ByExcluding(entry => entry.Exception is BrokenStreamException);   // told where it happened
        return LoggerSinkConfiguration.Wrap(
            configuration.WriteTo, sink => new OfCallersTrace(sink), to => to.Console(new JsonFormatter(renderMessage: true))).CreateLogger();
    }

    /// <summary>
    /// Whose request it is. What the web server adds to lines of requests of its own accord is the path, and callers'
    /// mistakes put keys into paths.
    /// </summary>
    private sealed class OfRequest : ILogEventEnricher
    {
        public void Enrich(LogEvent entry, ILogEventPropertyFactory propertyFactory)
        {
            entry.RemovePropertyIfPresent("RequestPath");
            if (RequestIdentity.Current is not { } request)
                return;

            entry.AddOrUpdateProperty(new LogEventProperty("RequestId", new ScalarValue(request.Id.Value)));
            if (request.KeyId is { } key)
                entry.AddOrUpdateProperty(new LogEventProperty("KeyId", new ScalarValue(key.Value)));
        }
    }

    /// <summary>Where the gateway traces nothing, a line still says in which trace its caller is.</summary>
    private sealed class OfCallersTrace(ILogEventSink next) : ILogEventSink, IDisposable
    {
        public void Emit(LogEvent logEvent) => next.Emit(
            logEvent.TraceId is null && RequestIdentity.Current?.TraceContext is { } trace
                ? new LogEvent(
                    logEvent.Timestamp, logEvent.Level, logEvent.Exception, logEvent.MessageTemplate,
                    logEvent.Properties.Select(property => new LogEventProperty(property.Key, property.Value)),
                    ActivityTraceId.CreateFromString(trace.TraceId), default)
                : logEvent);

        public void Dispose() => (next as IDisposable)?.Dispose();
    }
}
