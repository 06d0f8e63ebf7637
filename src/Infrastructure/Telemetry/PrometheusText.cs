using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>
/// Prometheus's text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). Names follow
/// OpenTelemetry's rules for Prometheus: dots become underscores, the unit and <c>_total</c> are appended.
/// </summary>
internal static class PrometheusText
{
    /// <summary>The name of an instrument's family, without the <c>_total</c> of counters.</summary>
    public static string NameOf(Instrument instrument)
    {
        var name = NameOf(instrument.Name);
        var unit = instrument.Unit switch
        {
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            "nUSD" => "nanodollars",
            _ => null,
        };
        return unit is null || name.EndsWith(unit, StringComparison.Ordinal) ? name : $"{name}_{unit}";
    }

    /// <summary>Labels as they stand between braces; empty where there are none.</summary>
    public static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder(64);
        foreach (var (key, value) in tags)
            AppendLabel(labels, key, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");

        return labels.ToString();
    }

    public static void AppendHead(StringBuilder text, string name, string type, string? description)
    {
        if (description is { Length: > 0 })
        {
            var line = description.Replace("\\", "\\\\", StringComparison.Ordinal).ReplaceLineEndings(" ");
            text.Append("# HELP ").Append(name).Append(' ').Append(line).Append('\n');
        }

        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    public static void AppendSample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(NumberOf(value)).Append('\n');
    }

    public static string NumberOf(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string NameOf(string name) => string.Create(name.Length, name, static (letters, name) =>
    {
        for (var i = 0; i < letters.Length; i++)
            letters[i] = char.IsAsciiLetterOrDigit(name[i]) ? name[i] : '_';
    });

    private static void AppendLabel(StringBuilder labels, string key, string value)
    {
        labels.Append(labels.Length == 0 ? "" : ",").Append(NameOf(key)).Append("=\"");
        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => labels.Append("\\\\"),
                '"' => labels.Append("\\\""),
                '\n' => labels.Append("\\n"),
                _ => labels.Append(character),
            };
        }

        labels.Append('"');
    }
}
