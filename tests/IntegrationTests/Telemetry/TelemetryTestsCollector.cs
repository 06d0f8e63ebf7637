using System.Collections.Concurrent;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CleanGateway.IntegrationTests.Telemetry;

/// <summary>A collector that is not there, or takes nothing: calls do not feel it, and the log says so once.</summary>
public class TelemetryTestsCollector(GatewayFixture gateway) : TelemetryTest(gateway)
{
    [Fact]
    public async Task One_that_takes_nothing_is_told_of_once_and_so_is_that_it_does_again()
    {
        await ServeToAKeyAsync();
        using var log = new Lines();
        await using var collector = await OtlpReceiver.StartAsync();
        collector.Status = 503;
        await using var other = await AnotherGateway.StartAsync(
            Gateway, services => services.AddSingleton<ILoggerProvider>(log), To(collector), ("OTEL_METRIC_EXPORT_INTERVAL", "100"), ("LOG_LEVEL", "information"));

        await Eventually.IsTrueAsync(() => collector.Attempts > 3, "it is tried again and again");
        (await AskAsync(other.Url, HelloStream)).Text.Should().EndWith(Done);
        log.Of("OtlpExport").Should().ContainSingle()
            .Which.Should().StartWith($"Warning The collector 127.0.0.1:{collector.Url.Port} takes no telemetry (HTTP status 503)");

        collector.Status = 200;
        await Eventually.IsTrueAsync(() => log.Of("OtlpExport").Count == 2, "it is back");
        log.Of("OtlpExport")[1].Should().Be($"Information The collector 127.0.0.1:{collector.Url.Port} takes telemetry again");
    }

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task One_that_is_not_there_hurts_nobody_and_the_gateway_comes_to_its_end(string protocol)
    {
        await ServeToAKeyAsync();
        using var log = new Lines();
        Uri nowhere;
        await using (var collector = await OtlpReceiver.StartAsync())
            nowhere = collector.Url;

        await using (var other = await AnotherGateway.StartAsync(
            Gateway, services => services.AddSingleton<ILoggerProvider>(log), ("OTEL_EXPORTER_OTLP_ENDPOINT", nowhere.ToString()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("LOG_LEVEL", "information")))
        {
            for (var call = 0; call < 5; call++)
                (await AskAsync(other.Url, Hello)).Status.Should().Be(200);
        }

        log.Of("OtlpExport").Should().ContainSingle().Which.Should().Contain("ConnectionError");
    }

    /// <summary>Log lines, as level and text.</summary>
    private sealed class Lines : ILoggerProvider
    {
        private readonly ConcurrentQueue<(string Source, string Text)> lines = new();

        public IReadOnlyList<string> Of(string source) =>
            [.. lines.Where(line => line.Source.EndsWith(source, StringComparison.Ordinal)).Select(line => line.Text)];

        public ILogger CreateLogger(string categoryName) => new Source(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Source(Lines lines, string name) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.lines.Enqueue((name, $"{logLevel} {formatter(state, exception)}"));
        }
    }
}
