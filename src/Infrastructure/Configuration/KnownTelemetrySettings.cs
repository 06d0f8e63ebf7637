namespace CleanGateway.Infrastructure.Configuration;

/// <summary>The settings of telemetry, by OpenTelemetry's own names, which operators have in their environments already.</summary>
/// <seealso href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/"/>
internal static class KnownTelemetrySettings
{
    private const string SomePairs = "names and values like name=value, separated by commas, special characters percent-encoded";

    public static readonly Setting<Uri> OtlpEndpoint = new(
        "OTEL_EXPORTER_OTLP_ENDPOINT", null, "an http or https URL without user, query and fragment",
        "Collector that traces and metrics are sent to: see [telemetry.md](telemetry.md). With `http/protobuf` the paths `/v1/traces` and `/v1/metrics` are added. Not set: nothing is traced or sent",
        Values.BaseUrl);

    public static readonly Setting<string> OtlpHeaders = new(
        "OTEL_EXPORTER_OTLP_HEADERS", null, SomePairs, "Headers of what is sent, such as the collector's credential", Values.Pairs, IsSecret: true)
    {
        IsList = true,
    };

    public static readonly Setting<OtlpProtocol> OtlpProtocol = new(
        "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "http/protobuf or grpc", "How it is sent",
        Values.OneOf(("http/protobuf", Configuration.OtlpProtocol.HttpProtobuf), ("grpc", Configuration.OtlpProtocol.Grpc)));

    public static readonly Setting<string> ServiceName = new(
        "OTEL_SERVICE_NAME", "cleangateway", "a text", "What the gateway is called in traces and metrics", Values.Text);

    public static readonly Setting<string> ResourceAttributes = new(
        "OTEL_RESOURCE_ATTRIBUTES", null, SomePairs, "What else is said of it, such as `deployment.environment.name=production`", Values.Pairs)
    {
        IsList = true,
    };

    public static readonly Setting<string> TracesSampler = new(
        "OTEL_TRACES_SAMPLER", "parentbased_always_on",
        "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio",
        "Which calls are traced; `parentbased_…`: a caller that says so decides for its own",
        Values.OneOf(
        [
            .. ((string[])["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"])
                .Select(name => (name, name)),
        ]));

    public static readonly Setting<double> TracesSamplerArgument = new(
        "OTEL_TRACES_SAMPLER_ARG", null, "a number from 0 to 1", "Share of calls that a sampler with `traceidratio` takes. Not set: all", Values.Share);

    public static readonly Setting<int> MetricExportInterval = new(
        "OTEL_METRIC_EXPORT_INTERVAL", "60000", "milliseconds from 100 to 3600000", "How often metrics are sent", Values.Integer(100, 3_600_000));

    public static readonly Setting<bool> CaptureMessageContent = new(
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "false", "true, false, span_only or no_content",
        "Whether traces hold prompts and answers, of keys whose log content is `full`; `span_only` and `no_content` are other words for `true` and `false`",
        Values.OneOf(("true", true), ("false", false), ("span_only", true), ("no_content", false)));

    /// <summary>In the order of the documentation.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        OtlpEndpoint, OtlpHeaders, OtlpProtocol, ServiceName, ResourceAttributes, TracesSampler, TracesSamplerArgument, MetricExportInterval,
        CaptureMessageContent,
    ];
}
