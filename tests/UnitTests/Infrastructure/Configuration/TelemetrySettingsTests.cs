using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public class TelemetrySettingsTests
{
    private static readonly (string, string) Endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318");

    [Fact]
    public void Without_an_endpoint_there_is_none_whatever_a_machine_says_of_its_processes() =>
        TestSettings.Read(("OTEL_SERVICE_NAME", "x"), ("OTEL_RESOURCE_ATTRIBUTES", "a=b"), ("OTEL_TRACES_SAMPLER", "always_off")).Telemetry.Should().BeNull();

    [Fact]
    public void With_one_the_rest_is_as_usual() => TestSettings.Read(Endpoint).Telemetry.Should().Be(new TelemetrySettings(
        new Uri("https://collector:4318"), null, OtlpProtocol.HttpProtobuf, "cleangateway", null, "parentbased_always_on", null, TimeSpan.FromMinutes(1), false));

    [Fact]
    public void Everything_can_be_set()
    {
        var telemetry = TestSettings.Read(
            Endpoint, ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20hunter2, x=y="), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_SERVICE_NAME", "gw"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=b,c="), ("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"), ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "span_only")).Telemetry;

        telemetry.Should().Be(new TelemetrySettings(
            new Uri("https://collector:4318"), "authorization=Bearer%20hunter2, x=y=", OtlpProtocol.Grpc, "gw", "a=b,c=", "traceidratio", 0.25,
            TimeSpan.FromMilliseconds(100), true));
        telemetry!.ToString().Should().NotContain("hunter2");
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a=hunter2", "OTEL_EXPORTER_OTLP_ENDPOINT is not set: OTEL_EXPORTER_OTLP_HEADERS is of no use without it")]
    [InlineData(
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT is not set: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is of no use without it")]
    [InlineData(
        "OTEL_TRACES_SAMPLER_ARG", "0.5",
        "OTEL_TRACES_SAMPLER_ARG is set, and OTEL_TRACES_SAMPLER is parentbased_always_on: expected a sampler with traceidratio, or no argument")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_HEADERS", "=hunter2",
        "OTEL_EXPORTER_OTLP_HEADERS is not valid: expected names and values like name=value, separated by commas, special characters percent-encoded")]
    public void What_makes_no_sense_is_told_in_a_line(string name, string value, string problem) =>
        GatewaySettings.Read(new Dictionary<string, string> { [name] = value }, new Dictionary<string, string>()).Problems.Should().Equal(problem);
}
