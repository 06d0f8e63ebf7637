namespace CleanGateway.Infrastructure.Configuration;

/// <summary>Where traces and metrics are sent, and what they hold.</summary>
/// <param name="Headers">As they were given: a secret.</param>
/// <param name="ResourceAttributes">As they were given.</param>
/// <param name="Sampler">By OpenTelemetry's name.</param>
/// <param name="SamplerArgument">Null: the sampler takes none, or its usual one.</param>
/// <param name="CapturesContent">Traces hold prompts and answers.</param>
public sealed record TelemetrySettings(
    Uri Endpoint, string? Headers, OtlpProtocol Protocol, string ServiceName, string? ResourceAttributes, string Sampler, double? SamplerArgument,
    TimeSpan MetricInterval, bool CapturesContent)
{
    /// <returns>Null: nothing is traced or sent.</returns>
    internal static TelemetrySettings? Read(SettingsReader read)
    {
        var endpoint = read.Optional(KnownTelemetrySettings.OtlpEndpoint);
        var headers = read.Optional(KnownTelemetrySettings.OtlpHeaders);
        var protocol = read.Required(KnownTelemetrySettings.OtlpProtocol);
        var service = read.Required(KnownTelemetrySettings.ServiceName);
        var resource = read.Optional(KnownTelemetrySettings.ResourceAttributes);
        var sampler = read.Required(KnownTelemetrySettings.TracesSampler);
        var argument = read.OptionalNumber(KnownTelemetrySettings.TracesSamplerArgument);
        var interval = TimeSpan.FromMilliseconds(read.Required(KnownTelemetrySettings.MetricExportInterval));
        var content = read.Required(KnownTelemetrySettings.CaptureMessageContent);

        // What describes the process may be set for all of a machine's; what is meant for a collector wants one.
        if (headers is not null)
            read.RejectMissing(KnownTelemetrySettings.OtlpEndpoint, "OTEL_EXPORTER_OTLP_HEADERS is of no use without it");
        if (content)
            read.RejectMissing(KnownTelemetrySettings.OtlpEndpoint, "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is of no use without it");
        if (argument is not null && !sampler.EndsWith("traceidratio", StringComparison.Ordinal))
        {
            read.Reject(
                KnownTelemetrySettings.TracesSamplerArgument,
                $"OTEL_TRACES_SAMPLER_ARG is set, and OTEL_TRACES_SAMPLER is {sampler}: expected a sampler with traceidratio, or no argument");
        }

        return endpoint is null ? null : new TelemetrySettings(endpoint, headers, protocol, service, resource, sampler, argument, interval, content);
    }

    public override string ToString() => $"OTLP to {Endpoint}";
}

/// <summary>How telemetry goes over the wire.</summary>
public enum OtlpProtocol
{
    /// <summary>Protobuf in requests of HTTP/1.1.</summary>
    HttpProtobuf,

    /// <summary>gRPC, over HTTP/2.</summary>
    Grpc,
}
