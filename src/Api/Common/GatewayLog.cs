using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace CleanGateway.Api.Common;

/// <summary>The gateway's own log: one JSON object a line on standard output.</summary>
internal static class GatewayLog
{
    // Chatty at Information, and nothing an operator could act on.
    private static readonly string[] Quiet = ["Microsoft", "System", "Npgsql", "CleanGateway.Api.Auth"];

    // Tells whole request lines, with whatever secrets are in their queries.
    private const string RequestLines = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public static void AddGatewayLog(this ILoggingBuilder logging, LogLevel level)
    {
        logging.ClearProviders();
        if (level != LogLevel.None)
            logging.AddSerilog(Create(level), dispose: true);
    }

    private static Logger Create(LogLevel level)
    {
        var least = level switch
        {
            LogLevel.Trace => LogEventLevel.Verbose,
            LogLevel.Debug => LogEventLevel.Debug,
            LogLevel.Information => LogEventLevel.Information,
            LogLevel.Warning => LogEventLevel.Warning,
            LogLevel.Error => LogEventLevel.Error,
            _ => LogEventLevel.Fatal,
        };
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(least)
            .Enrich.With<WithoutPaths>()
            .Filter.ByExcluding(entry => entry.Exception is BrokenStreamException)   // told where it happened
            .WriteTo.Console(new JsonFormatter(renderMessage: true));
        // What keeps the gateway from starting is told in one line of its own.
        configuration.MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal);
        configuration.MinimumLevel.Override(RequestLines, LogEventLevel.Warning);
        foreach (var source in Quiet)
            configuration.MinimumLevel.Override(source, least < LogEventLevel.Warning && least > LogEventLevel.Debug ? LogEventLevel.Warning : least);

        // They tell paths in full.
        foreach (var source in (string[])["Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.StaticFiles"])
            configuration.MinimumLevel.Override(source, LogEventLevel.Warning);

        // It tells every address with its query, where callers' mistakes have put keys before.
        configuration.MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LogEventLevel.Warning);
        return configuration.CreateLogger();
    }

    /// <summary>The web server adds the path to each line of a request, and callers' mistakes put keys into paths.</summary>
    private sealed class WithoutPaths : ILogEventEnricher
    {
        public void Enrich(LogEvent entry, ILogEventPropertyFactory propertyFactory) => entry.RemovePropertyIfPresent("RequestPath");
    }
}
