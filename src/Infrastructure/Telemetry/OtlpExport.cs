using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using CleanGateway.Application.Telemetry;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>
/// Sends traces and metrics to the operator's collector, where there is one. It works beside the calls: what cannot be
/// sent is thrown away, and nothing waits for it.
/// </summary>
internal sealed class OtlpExport(GatewaySettings settings, TimeProvider clock, ILogger<OtlpExport> logger) : IHostedService, IDisposable
{
    private const string Instance = "service.instance.id";

    /// <summary>How long the end of the gateway waits for the last of it.</summary>
    public static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    private static readonly string[] Meters = [.. PrometheusExporter.Meters, ModelCall.MeterName];

    // The SDK's usual bounds are for milliseconds.
    private static readonly ExplicitBucketHistogramConfiguration Seconds = new()
    {
        Boundaries = MetricFamily.UsualBounds,
    };

    // Spans with prompts in them are large.
    private const int MostSpans = 2048;
    private const int MostSpansWithContent = 256;

    private TracerProvider? traces;
    private MeterProvider? metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Telemetry is not { } telemetry)
            return Task.CompletedTask;

        var health = new CollectorHealth(telemetry.Endpoint, logger);
        var configuration = ConfigurationOf(telemetry);
        var resource = ResourceBuilder.CreateEmpty()
            .AddTelemetrySdk()
            .AddAttributes(
            [
                new("service.version", Assembly.GetExecutingAssembly().GetName().Version!.ToString(3)),
                new(Instance, Guid.CreateVersion7(clock.GetUtcNow()).ToString()),
            ])
            .AddEnvironmentVariableDetector();   // of the configuration below: what the operator says goes before
        traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(configuration))
            .SetResourceBuilder(resource)
            .AddSource(ServerSpans.SourceName, ModelCall.SourceName)
            .AddProcessor(new ServerSpans())
            .AddOtlpExporter(exporter => exporter.HttpClientFactory = () => Client(health, "traces", exporter))
            .Build();
        metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(configuration))
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddView(static instrument => BoundsOf(instrument))
            .AddOtlpExporter(exporter => exporter.HttpClientFactory = () => Client(health, "metrics", exporter))
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // They have only a way that blocks.
        var patience = (int)LastWords.TotalMilliseconds;
        return Task.WhenAll(
            Task.Run(() => traces?.Shutdown(patience), CancellationToken.None), Task.Run(() => metrics?.Shutdown(patience), CancellationToken.None));
    }

    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }

    // The SDK reads its settings by the same names, with the rules that they have everywhere. It is to know those that the
    // gateway has checked, wherever they were given, and no others.
    private static IConfiguration ConfigurationOf(TelemetrySettings telemetry) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            [KnownTelemetrySettings.OtlpEndpoint.Name] = telemetry.Endpoint.AbsoluteUri,
            [KnownTelemetrySettings.OtlpHeaders.Name] = telemetry.Headers,
            [KnownTelemetrySettings.OtlpProtocol.Name] = telemetry.Protocol == OtlpProtocol.Grpc ? "grpc" : "http/protobuf",
            [KnownTelemetrySettings.ServiceName.Name] = telemetry.ServiceName,
            [KnownTelemetrySettings.ResourceAttributes.Name] = telemetry.ResourceAttributes,
            [KnownTelemetrySettings.TracesSampler.Name] = telemetry.Sampler,
            [KnownTelemetrySettings.TracesSamplerArgument.Name] = telemetry.SamplerArgument?.ToString(CultureInfo.InvariantCulture),
            [KnownTelemetrySettings.MetricExportInterval.Name] = telemetry.MetricInterval.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = (telemetry.CapturesContent ? MostSpansWithContent : MostSpans).ToString(CultureInfo.InvariantCulture),
            ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = MostSpansWithContent.ToString(CultureInfo.InvariantCulture),
        })
        .Build();

    private static ExplicitBucketHistogramConfiguration? BoundsOf(Instrument instrument) =>
        instrument is Histogram<double> { Unit: "s", Advice: null } ? Seconds : null;

    // No redirects: the headers may hold a credential.
    private static HttpClient Client(CollectorHealth health, string signal, OtlpExporterOptions exporter) => new(health.Watch(
        signal,
        new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5), UseCookies = false,
        }))
    {
        Timeout = TimeSpan.FromMilliseconds(exporter.TimeoutMilliseconds),
    };
}
