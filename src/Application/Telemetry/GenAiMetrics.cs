using System.Diagnostics.Metrics;

namespace CleanGateway.Application.Telemetry;

/// <summary>OpenTelemetry's metrics of generative AI clients, with the bounds that the conventions give them.</summary>
/// <seealso href="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/"/>
internal sealed class GenAiMetrics
{
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private static readonly InstrumentAdvice<long> Tokens = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    public GenAiMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ModelCall.MeterName);
        Duration = meter.CreateHistogram("gen_ai.client.operation.duration", "s", "Duration of calls of models", advice: Seconds);
        TimeToFirstChunk = meter.CreateHistogram(
            "gen_ai.client.operation.time_to_first_chunk", "s", "From sending a call of a model to the first event of its stream that says something", advice: Seconds);
        TokenUsage = meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens that providers reported", advice: Tokens);
    }

    public Histogram<double> Duration { get; }
    public Histogram<double> TimeToFirstChunk { get; }
    public Histogram<long> TokenUsage { get; }

    /// <summary>Somebody listens.</summary>
    public bool IsOn => Duration.Enabled || TimeToFirstChunk.Enabled || TokenUsage.Enabled;
}
