using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.UnitTests.Infrastructure.Telemetry;

public sealed partial class PrometheusExporterTests : IDisposable
{
    private const string Label = @"[a-zA-Z_][a-zA-Z0-9_]*=""([^""\\\n]|\\.)*""";

    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly PrometheusExporter exporter;
    private readonly Meter meter;

    public PrometheusExporterTests()
    {
        exporter = new PrometheusExporter(Factory(services));
        meter = Factory(services).Create("CleanGateway");
    }

    public void Dispose()
    {
        exporter.Dispose();
        services.Dispose();
    }

    [Fact]
    public void A_counter_is_a_total_that_adds_up()
    {
        var counter = meter.CreateCounter<long>("test.calls", "{call}", "Calls that ended");
        counter.Add(2);
        counter.Add(3);

        Lines("test_calls").Should().Equal("# HELP test_calls_total Calls that ended", "# TYPE test_calls_total counter", "test_calls_total 5");
    }

    [Fact]
    public void Units_are_part_of_the_name()
    {
        meter.CreateCounter<double>("test.wait", "s").Add(0.5);
        meter.CreateCounter<long>("test.traffic", "By").Add(7);
        meter.CreateCounter<long>("test.cost", "nUSD").Add(7);
        meter.CreateHistogram<double>("test.pause.seconds", "s").Record(1);

        var text = exporter.Render();
        text.Should().Contain("\ntest_wait_seconds_total 0.5\n").And.Contain("\ntest_traffic_bytes_total 7\n").And.Contain("\ntest_cost_nanodollars_total 7\n")
            .And.Contain("\ntest_pause_seconds_count 1\n");
    }

    [Fact]
    public void Gauges_and_counters_that_go_both_ways_are_gauges()
    {
        var open = meter.CreateUpDownCounter<long>("test.open");
        open.Add(5);
        open.Add(-2);
        var value = 1;
        meter.CreateObservableGauge("test.healthy", () => value);
        meter.CreateObservableCounter("test.written", () => 40L + value);
        exporter.Render();
        value = 2;

        Lines("test_open").Should().Equal("# TYPE test_open gauge", "test_open 3");
        Lines("test_healthy").Should().Equal("# TYPE test_healthy gauge", "test_healthy 2");
        Lines("test_written").Should().Equal("# TYPE test_written_total counter", "test_written_total 42");
    }

    [Fact]
    public void Labels_tell_series_apart_and_are_escaped()
    {
        var counter = meter.CreateCounter<long>("test.labelled");
        counter.Add(1, new KeyValuePair<string, object?>("model.name", "a\"b\\c\nd"), new KeyValuePair<string, object?>("status", 200));
        counter.Add(2, new KeyValuePair<string, object?>("model.name", "größe"), new KeyValuePair<string, object?>("status", null));
        counter.Add(4, new KeyValuePair<string, object?>("model.name", "größe"), new KeyValuePair<string, object?>("status", null));

        Lines("test_labelled").Should().BeEquivalentTo(
            "# TYPE test_labelled_total counter",
            """test_labelled_total{model_name="a\"b\\c\nd",status="200"} 1""",
            """test_labelled_total{model_name="größe",status=""} 6""");
    }

    [Fact]
    public void Help_stays_on_its_line()
    {
        meter.CreateCounter<long>("test.helped", description: "one\ntwo \\ three").Add(1);

        var help = Lines("test_helped")[0];
        help.Should().StartWith("# HELP test_helped_total one").And.EndWith("""two \\ three""");
    }

    [Fact]
    public void Buckets_of_a_histogram_count_everything_up_to_their_bound()
    {
        var histogram = meter.CreateHistogram(
            "test.duration", "s", "How long", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 10] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 1, 5, 100 })
            histogram.Record(value);

        Lines("test_duration").Should().Equal(
            "# HELP test_duration_seconds How long",
            "# TYPE test_duration_seconds histogram",
            """test_duration_seconds_bucket{le="0.1"} 2""",
            """test_duration_seconds_bucket{le="1"} 4""",
            """test_duration_seconds_bucket{le="10"} 5""",
            """test_duration_seconds_bucket{le="+Inf"} 6""",
            "test_duration_seconds_sum 106.65",
            "test_duration_seconds_count 6");
    }

    [Fact]
    public void Every_histogram_ends_in_infinity_and_never_goes_down()
    {
        var histogram = meter.CreateHistogram<double>("test.usual", "s");
        var random = new Random(20260801);
        for (var i = 0; i < 1000; i++)
            histogram.Record(Math.Exp(random.NextDouble() * 16 - 8), new KeyValuePair<string, object?>("route", "/v1"));

        var buckets = Lines("test_usual").Where(line => line.Contains("_bucket{", StringComparison.Ordinal)).ToList();
        buckets.Should().HaveCountGreaterThan(5).And.OnlyContain(line => line.StartsWith("test_usual_seconds_bucket{route=\"/v1\",le=\"", StringComparison.Ordinal));
        buckets.Select(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)).Should().BeInAscendingOrder();
        buckets[^1].Should().Be("""test_usual_seconds_bucket{route="/v1",le="+Inf"} 1000""");
    }

    [Fact]
    public void Numbers_are_written_for_machines()
    {
        meter.CreateObservableGauge("test.numbers", () => new[]
        {
            Measured(1234567.5, "large"), Measured(double.NaN, "none"), Measured(double.PositiveInfinity, "most"), Measured(double.NegativeInfinity, "least"),
        });

        Lines("test_numbers").Should().Contain(
        [
            """test_numbers{n="large"} 1234567.5""", """test_numbers{n="none"} NaN""",
            """test_numbers{n="most"} +Inf""", """test_numbers{n="least"} -Inf""",
        ]);
    }

    [Fact]
    public void What_belongs_to_another_gateway_in_the_process_is_not_listened_to()
    {
        using var others = new ServiceCollection().AddMetrics().BuildServiceProvider();
        Factory(others).Create("CleanGateway").CreateCounter<long>("test.foreign").Add(1);
        Factory(services).Create("Somebody.Else").CreateCounter<long>("test.unknown").Add(1);
        using var runtime = new Meter("Npgsql");
        runtime.CreateCounter<long>("test.shared").Add(1);

        exporter.Render().Should().NotContain("test_foreign").And.NotContain("test_unknown").And.Contain("test_shared_total 1");
    }

    [Fact]
    public void Two_instruments_of_one_name_do_not_make_a_text_that_no_one_can_read()
    {
        meter.CreateCounter<long>("test.twice").Add(1);
        meter.CreateCounter<long>("test_twice").Add(1);

        exporter.Render().Split('\n').Count(line => line.StartsWith("# TYPE test_twice_total", StringComparison.Ordinal)).Should().Be(1);
    }

    [Fact]
    public void An_instrument_that_has_measured_nothing_is_left_out()
    {
        meter.CreateCounter<long>("test.silent", description: "Nothing yet");

        exporter.Render().Should().NotContain("test_silent");
    }

    [Fact]
    public void Every_line_is_one_that_Prometheus_reads()
    {
        meter.CreateCounter<long>("test.calls", "{call}", "Calls").Add(1, new KeyValuePair<string, object?>("route", "/v1/{id}"));
        meter.CreateHistogram<double>("test.duration", "s").Record(0.3);

        exporter.Render().Should().EndWith("\n");
        exporter.Render().TrimEnd('\n').Split('\n').Should().OnlyContain(line => Comment().IsMatch(line) || Sample().IsMatch(line));
    }

    private static IMeterFactory Factory(ServiceProvider services) => services.GetRequiredService<IMeterFactory>();

    private static Measurement<double> Measured(double value, string label) => new(value, new KeyValuePair<string, object?>("n", label));

    // The family's lines, in their order.
    private List<string> Lines(string name) =>
        [.. exporter.Render().Split('\n').Where(line => Regex.IsMatch(line, $"^(# (HELP|TYPE) )?{name}"))];

    [GeneratedRegex("^# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+$")]
    private static partial Regex Comment();

    [GeneratedRegex($$"""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{{{Label}}(,{{Label}})*\})? (-?[0-9.]+(E[+-]?[0-9]+)?|[+-]Inf|NaN)$""")]
    private static partial Regex Sample();
}
