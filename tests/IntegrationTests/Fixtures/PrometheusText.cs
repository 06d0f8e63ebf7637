using System.Globalization;
using System.Text.RegularExpressions;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// Prometheus's text format 0.0.4, read as strictly as its documentation words it
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). What breaks a rule does not parse.
/// </summary>
internal sealed partial class PrometheusText
{
    private readonly Dictionary<string, string> types = [];
    private readonly HashSet<string> helps = [];
    private readonly Dictionary<string, double> samples = [];
    private readonly HashSet<string> finished = [];
    private string family = "";

    private PrometheusText() { }

    /// <summary>The type of each family.</summary>
    public IReadOnlyDictionary<string, string> Types => types;

    /// <summary>Values by name and labels, as they stand in the text.</summary>
    public IReadOnlyDictionary<string, double> Samples => samples;

    public double this[string sample] => samples.GetValueOrDefault(sample);

    public static PrometheusText Parse(string text)
    {
        var parsed = new PrometheusText();
        if (!text.EndsWith('\n'))
            throw new FormatException("The last line has no end.");

        foreach (var line in text[..^1].Split('\n'))
            parsed.Take(line);

        parsed.CheckHistograms();
        return parsed;
    }

    /// <summary>All samples of a name whose labels contain these.</summary>
    public double Sum(string name, params string[] labels) => samples
        .Where(sample => sample.Key.StartsWith(name + "{", StringComparison.Ordinal))
        .Where(sample => labels.All(label => sample.Key.Contains(label, StringComparison.Ordinal)))
        .Sum(sample => sample.Value);

    /// <summary>The values that a label has anywhere.</summary>
    public IEnumerable<string> LabelValues(string label) => samples.Keys
        .SelectMany(sample => Label().Matches(sample))
        .Where(match => match.Groups["name"].Value == label)
        .Select(match => match.Groups["value"].Value)
        .Distinct();

    private void Take(string line)
    {
        if (HelpLine().Match(line) is { Success: true } help)
        {
            Begin(help.Groups["name"].Value);
            Require(helps.Add(family) && !types.ContainsKey(family), $"a second HELP, or one after TYPE: {line}");
        }
        else if (TypeLine().Match(line) is { Success: true } type)
        {
            Begin(type.Groups["name"].Value);
            Require(types.TryAdd(family, type.Groups["type"].Value), $"a second TYPE: {line}");
        }
        else if (SampleLine().Match(line) is { Success: true } sample)
        {
            TakeSample(sample, line);
        }
        else
        {
            throw new FormatException($"Neither HELP, TYPE nor a sample: {line}");
        }
    }

    private void TakeSample(Match sample, string line)
    {
        var name = sample.Groups["name"].Value;
        var isHistogram = types.GetValueOrDefault(family) == "histogram";
        Require(isHistogram ? HistogramSuffix().Replace(name, "") == family && name != family : name == family, $"not under its TYPE: {line}");

        var labels = Label().Matches(sample.Groups["labels"].Value).Select(label => label.Groups["name"].Value).ToList();
        Require(labels.Distinct().Count() == labels.Count, $"a label twice: {line}");
        var value = sample.Groups["value"].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var number => double.Parse(number, CultureInfo.InvariantCulture),
        };
        Require(samples.TryAdd(line[..line.LastIndexOf(' ')], value), $"a sample twice: {line}");
        Require(types[family] != "counter" || value >= 0, $"a counter below 0: {line}");
    }

    // All lines of a family stand together.
    private void Begin(string name)
    {
        if (name == family)
            return;

        finished.Add(family);
        Require(!finished.Contains(name), $"{name} comes in pieces");
        family = name;
    }

    private void CheckHistograms()
    {
        foreach (var histogram in types.Where(type => type.Value == "histogram").Select(type => type.Key))
        {
            var series = samples.Where(sample => sample.Key.StartsWith($"{histogram}_bucket{{", StringComparison.Ordinal))
                .GroupBy(bucket => Bound().Replace(bucket.Key[$"{histogram}_bucket".Length..], "").Replace("{}", "", StringComparison.Ordinal));
            foreach (var buckets in series)
            {
                var bounds = buckets.Select(bucket => Bound().Match(bucket.Key).Groups["bound"].Value).ToList();
                Require(bounds[^1] == "+Inf", $"{histogram}{buckets.Key} does not end with +Inf");
                var numbers = bounds[..^1].ConvertAll(bound => double.Parse(bound, CultureInfo.InvariantCulture));
                Require(numbers.Zip(numbers.Skip(1)).All(pair => pair.First < pair.Second), $"{histogram}{buckets.Key}: bounds are not in order");
                var counts = buckets.Select(bucket => bucket.Value).ToList();
                Require(counts.Zip(counts.Skip(1)).All(pair => pair.First <= pair.Second), $"{histogram}{buckets.Key} is not cumulative");
                Require(samples[$"{histogram}_count{buckets.Key}"].Equals(counts[^1]), $"{histogram}{buckets.Key}: the count is another");
                Require(samples.ContainsKey($"{histogram}_sum{buckets.Key}"), $"{histogram}{buckets.Key} has no sum");
            }
        }
    }

    private static void Require(bool rule, string broken)
    {
        if (!rule)
            throw new FormatException(broken);
    }

    [GeneratedRegex(@"^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>([^\\\n]|\\\\|\\n)*)$")]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram|summary|untyped)$")]
    private static partial Regex TypeLine();

    private const string OneLabel = @"[a-zA-Z_][a-zA-Z0-9_]*=""([^""\\\n]|\\\\|\\""|\\n)*""";

    [GeneratedRegex($@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{{(?<labels>{OneLabel}(,{OneLabel})*)\}})? (?<value>[+-]Inf|NaN|-?[0-9.]+([eE][+-]?[0-9]+)?)$")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\.)*)"(,|$|\})""")]
    private static partial Regex Label();

    [GeneratedRegex(""",?le="(?<bound>[^"]*)"(?=\}$)""")]
    private static partial Regex Bound();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();
}
