using System.Diagnostics.Metrics;
using System.Globalization;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.UnitTests.Infrastructure.Telemetry;

/// <summary>What series cost, how many there can be, and what they come to when all measure at once.</summary>
public sealed class PrometheusExporterTestsSeries : IDisposable
{
    private const string Dropped = "cleangateway_metrics_series_dropped_total";
    private const int Threads = 8;
    private const int Rounds = 20_000;

    private static readonly InstrumentAdvice<double> OneAndTen = new() { HistogramBucketBoundaries = [1, 10] };

    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly PrometheusExporter exporter;
    private readonly Meter meter;

    public PrometheusExporterTestsSeries()
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        exporter = new PrometheusExporter(meters);
        meter = meters.Create("CleanGateway");
    }

    public void Dispose()
    {
        exporter.Dispose();
        services.Dispose();
    }

    [Fact]
    public void A_measurement_of_a_known_series_costs_no_memory()
    {
        var counter = meter.CreateCounter<long>("test.calls");
        var open = meter.CreateUpDownCounter<long>("test.open");
        var duration = meter.CreateHistogram<double>("test.duration", "s");
        var model = string.Concat("gpt", "-4o");

        AllocatedBy(Measure).Should().Be(0);
        Value("test_calls_total{route=\"/v1\",model=\"gpt-4o\",status=\"200\",provider=\"p\"}").Should().BeGreaterThan(1000, "something was measured");

        void Measure()
        {
            counter.Add(1, new System.Diagnostics.TagList { { "route", "/v1" }, { "model", model }, { "status", "200" }, { "provider", "p" } });
            open.Add(1);
            duration.Record(0.25, new("route", "/v1"), new("model", model));
        }
    }

    [Fact]
    public void A_call_whose_series_are_known_costs_no_memory()
    {
        var metrics = new GatewayMetrics(services.GetRequiredService<IMeterFactory>());
        var line = new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions", null, null);
        var log = RequestLog.Begin(RequestId.New(DateTimeOffset.UnixEpoch), default, line, DateTimeOffset.UnixEpoch);
        log.Dispatch(new Destination(new ProviderId(Guid.Empty), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m)));
        var usage = UsageReport.Of(new TokenUsage(9, 3) { CachedTokens = 4, ReasoningTokens = 1 });
        var exchange = log.Answered(new Answer(200, LoggedBody.None, usage, "gpt-4-0613"), TimeSpan.FromSeconds(2));

        AllocatedBy(Measure).Should().Be(0);
        exporter.Render().Should().Contain(
            """cleangateway_calls_total{route="/v1/chat/completions",outcome="ok",code="",status="200",provider="openai-main",model="gpt-4"}""");

        void Measure()
        {
            metrics.AdmissionAnswered(null);
            metrics.AcceptAppended(TimeSpan.FromMilliseconds(0.1));
            metrics.UpstreamAnswered(exchange.Request.Destination!, TimeSpan.FromSeconds(1));
            metrics.StreamOpened();
            metrics.FirstToken(exchange.Request, TimeSpan.FromSeconds(1));
            metrics.CompleteAppended(TimeSpan.FromMilliseconds(0.1));
            metrics.WaitedForJournal(TimeSpan.FromMilliseconds(0.2));
            metrics.CallEnded(exchange, TimeSpan.FromSeconds(2));
            metrics.GatewayTook(exchange.Request.Route, TimeSpan.FromMilliseconds(1));
            metrics.StreamClosed();
        }
    }

    [Fact]
    public void Nothing_is_lost_when_all_measure_at_once()
    {
        var counter = meter.CreateCounter<long>("test.calls");
        var fractions = meter.CreateCounter<double>("test.waited", "s");
        var open = meter.CreateUpDownCounter<int>("test.open");
        var duration = meter.CreateHistogram("test.duration", "s", advice: OneAndTen);

        AtOnce(thread =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                // All make the series anew, at the same time.
                var series = new KeyValuePair<string, object?>("series", (i % 50).ToString(CultureInfo.InvariantCulture));
                counter.Add(2, series);
                fractions.Add(0.5);
                open.Add(thread % 2 == 0 ? 1 : -1);
                duration.Record(i % 2 == 0 ? 0.5 : 5);
            }
        });

        var total = (long)Threads * Rounds;
        Enumerable.Range(0, 50).Sum(series => Value($"test_calls_total{{series=\"{series}\"}}")).Should().Be(2 * total);
        Value("test_waited_seconds_total").Should().Be(total / 2.0);
        Value("test_open").Should().Be(0);
        Value("test_duration_seconds_bucket{le=\"1\"}").Should().Be(total / 2.0);
        Value("test_duration_seconds_bucket{le=\"+Inf\"}").Should().Be(total);
        Value("test_duration_seconds_count").Should().Be(total);
        Value("test_duration_seconds_sum").Should().Be((total / 2.0 * 0.5) + (total / 2.0 * 5));
    }

    [Fact]
    public void A_text_written_in_the_middle_of_measuring_agrees_with_itself()
    {
        var duration = meter.CreateHistogram("test.duration", "s", advice: OneAndTen);
        duration.Record(0.5);
        var last = 0.0;

        AtOnce(thread =>
        {
            for (var i = 0; i < Rounds / 10; i++)
            {
                duration.Record(i % 20);
                if (thread > 0 || i % 100 != 0)
                    continue;

                var lines = exporter.Render().Split('\n');
                var few = ValueIn(lines, "test_duration_seconds_bucket{le=\"1\"}");
                var more = ValueIn(lines, "test_duration_seconds_bucket{le=\"10\"}");
                var all = ValueIn(lines, "test_duration_seconds_bucket{le=\"+Inf\"}");
                var count = ValueIn(lines, "test_duration_seconds_count");
                few.Should().BeLessThanOrEqualTo(more);
                more.Should().BeLessThanOrEqualTo(all);
                count.Should().Be(all).And.BeGreaterThanOrEqualTo(last);
                last = count;
            }
        });
    }

    [Fact]
    public void Labels_without_end_are_counted_in_one_series()
    {
        var counter = meter.CreateCounter<long>("test.calls");
        for (var i = 0; i < MetricFamily.MostSeries + 500; i++)
            counter.Add(1, new("model", i), new("route", "/v1"));

        // Those that are known go on being counted by themselves.
        counter.Add(1, new("model", 7), new("route", "/v1"));

        Lines("test_calls_total").Should().HaveCount(MetricFamily.MostSeries + 1);
        Value("test_calls_total{model=\"7\",route=\"/v1\"}").Should().Be(2);
        Value("test_calls_total{model=\"other\",route=\"other\"}").Should().Be(500);
        Value(Dropped).Should().Be(500);
    }

    [Fact]
    public void Many_who_find_a_family_full_are_all_counted()
    {
        var counter = meter.CreateCounter<long>("test.calls");
        AtOnce(thread =>
        {
            for (var i = 0; i < MetricFamily.MostSeries; i++)
                counter.Add(1, new KeyValuePair<string, object?>("of", $"{thread}-{i}"));
        });

        var counted = Lines("test_calls_total").Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
        counted.Should().Be(Threads * MetricFamily.MostSeries);
        Lines("test_calls_total").Should().HaveCount(MetricFamily.MostSeries + 1);
        Value(Dropped).Should().Be((Threads - 1) * MetricFamily.MostSeries);
    }

    [Fact]
    public void A_model_that_is_called_other_does_not_make_a_series_twice()
    {
        var counter = meter.CreateCounter<long>("test.calls");
        counter.Add(3, new KeyValuePair<string, object?>("model", "other"));
        for (var i = 0; i < MetricFamily.MostSeries; i++)
            counter.Add(1, new KeyValuePair<string, object?>("model", i));

        Lines("test_calls_total").Where(line => line.Contains("other", StringComparison.Ordinal)).Should().Equal("test_calls_total{model=\"other\"} 4");
    }

    [Fact]
    public void Labels_in_another_order_or_of_another_type_are_the_same_series()
    {
        var counter = meter.CreateCounter<long>("test.calls");
        counter.Add(1, new("route", "/v1"), new("status", 200));
        counter.Add(2, new("status", "200"), new("route", "/v1"));

        Lines("test_calls_total").Should().Equal("test_calls_total{route=\"/v1\",status=\"200\"} 3");
    }

    [Fact]
    public void Nothing_is_dropped_until_it_is() => Value(Dropped).Should().Be(0);

    [Fact]
    public void What_is_not_a_number_is_in_no_bucket()
    {
        var duration = meter.CreateHistogram<double>("test.duration", "s");
        duration.Record(double.NaN);
        duration.Record(2);

        Value("test_duration_seconds_sum").Should().Be(2);
        Value("test_duration_seconds_count").Should().Be(1);
    }

    // What the runtime makes once, for instance when it compiles a method again, is not what a measurement costs.
    private static long AllocatedBy(Action measure)
    {
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
                measure();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void AtOnce(Action<int> work)
    {
        using var start = new Barrier(Threads);
        var failures = new List<Exception>();
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                work(thread);
            }
            catch (Exception failure)
            {
                lock (failures)
                    failures.Add(failure);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        failures.Should().BeEmpty();
    }

    private double Value(string series) => ValueIn(exporter.Render().Split('\n'), series);

    private static double ValueIn(IEnumerable<string> lines, string series) => double.Parse(
        lines.Single(line => line.StartsWith(series + " ", StringComparison.Ordinal))[(series.Length + 1)..], CultureInfo.InvariantCulture);

    private List<string> Lines(string name) => [.. exporter.Render().Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))];
}
