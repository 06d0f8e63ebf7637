using System.Globalization;
using System.Text.Json;

namespace CleanGateway.Benchmarks.Http;

/// <summary>Who took part.</summary>
internal sealed record PeerNote(string Name, string Description);

/// <summary>All that a run has found out, as JSON and, the medians of it, as Markdown.</summary>
/// <param name="Medians">Over the rounds.</param>
/// <param name="Starts">Milliseconds from the start to the first answer.</param>
/// <param name="Differences">Where books do not agree with what was answered.</param>
internal sealed record Report(
    DateTimeOffset Began,
    TimeSpan Took,
    IReadOnlyDictionary<string, string> Machine,
    bool Quick,
    IReadOnlyList<PeerNote> Peers,
    IReadOnlyList<string> Absent,
    IReadOnlyList<Measurement> Medians,
    IReadOnlyDictionary<string, List<double>> Starts,
    IReadOnlyList<Measurement> Rounds,
    IReadOnlyList<string> Differences)
{
    private const double Mebibyte = 1024 * 1024;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public IReadOnlyList<Target> Targets => Target.All(this);

    /// <summary>Null where it was not measured.</summary>
    public Measurement? Of(string scenario, string peer) => Medians.FirstOrDefault(one => one.Scenario == scenario && one.Peer == peer);

    public async Task WriteAsync(TextWriter output, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, Began.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + ".json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(this, Indented), cancellationToken);
        await output.WriteAsync(Markdown());
        await output.WriteLineAsync($"All rounds: {Path.GetRelativePath(Environment.CurrentDirectory, file)}");
    }

    private string Markdown()
    {
        var text = new MarkdownText();
        var how = Quick ? ", quickly: for comparing two builds, not for publishing" : "";
        text.Line(string.Create(CultureInfo.InvariantCulture, $"Measured {Began:yyyy-MM-dd HH:mm} UTC in {Took.TotalMinutes:0.0} minutes{how}."));
        text.Line("");
        text.Table(["", ""], [.. Machine.Select(fact => new[] { fact.Key, fact.Value })]);
        text.Table(["peer", "what it is"], [.. Peers.Select(peer => new[] { $"`{peer.Name}`", peer.Description })]);
        foreach (var absent in Absent)
            text.Line($"Skipped: {absent}.");

        Saturation(text);
        Latency(text);
        Streams(text);
        Large(text);
        StartTimes(text);
        if (Targets.Count > 0)
            text.Section("Targets", ["target", "value", ""], [.. Targets.Select(target => new[] { target.What, target.Value, target.Verdict })]);

        foreach (var note in Rounds.Where(round => round.Note is not null).GroupBy(round => (round.Peer, round.Scenario, round.Note)))
            text.Line($"`{note.Key.Peer}` under {note.Key.Scenario}: {note.Key.Note} ({note.Count()} ×).");
        text.Line(Differences.Count == 0 ? "Books and answers agree." : "**Books and answers differ:**");
        foreach (var difference in Differences)
            text.Line($"* {difference}");
        return text.ToString();
    }

    private void Saturation(MarkdownText text) => Section(
        text, "Saturation: each connection makes the next call when it has its answer", "closed-",
        ["peer", "connections", "calls/s", "CPU µs/call", "allocated B/call", "p50 ms", "p99 ms", "peak memory MiB", "journal wait p99 ms", "failed"],
        one =>
        [
            one.Scenario["closed-".Length..], Number(one.PerSecond), Number(one.CpuPerCall), Number(one.AllocatedPerCall), Ms(one.P50), Ms(one.P99),
            Number(one.PeakMemory / Mebibyte), Ms(one.JournalWaitP99), Number(one.Failures),
        ]);

    private void Latency(MarkdownText text) => Section(
        text, "Latency at a fixed rate, from when a call was due; for proxies what they add to the direct way", "open-",
        ["peer", "calls/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU µs/call", "journal wait p99 ms", "failed"],
        one =>
        [
            one.Scenario["open-".Length..], Added(one, at => at.P50), Added(one, at => at.P99), Added(one, at => at.P999), Number(one.CpuPerCall),
            Ms(one.JournalWaitP99), Number(one.Failures),
        ]);

    private void Streams(MarkdownText text)
    {
        string[] columns = ["peer", "first byte p50 ms", "first byte p99 ms", "CPU µs/event", "peak memory MiB", "failed"];
        string[] Row(Measurement one) =>
        [
            Added(one, at => at.FirstByteP50), Added(one, at => at.FirstByteP99), Number(one.CpuPerEvent), Number(one.PeakMemory / Mebibyte),
            Number(one.Failures),
        ];
        Section(text, "Streams, 200 begun a second: what proxies add to the time to the first byte", "ttft-", columns, Row);
        Section(text, "512 streams at the same time, an event each 50 ms", "streams-", columns, Row);
    }

    private void Large(MarkdownText text) => Section(
        text, "500 calls of 150 KB at the same time", "large-", ["peer", "calls/s", "CPU µs/call", "allocated B/call", "peak memory MiB", "failed"],
        one =>
        [
            Number(one.PerSecond), Number(one.CpuPerCall), Number(one.AllocatedPerCall), Number(one.PeakMemory / Mebibyte), Number(one.Failures),
        ]);

    private void StartTimes(MarkdownText text) => text.Section(
        "From the start to the first answer", ["peer", "ms"],
        [.. Starts.Where(start => start.Key != "direct").Select(start => new[] { $"`{start.Key}`", Number(Measurement.Median(start.Value)) })]);

    private void Section(MarkdownText text, string title, string scenario, string[] columns, Func<Measurement, string[]> row)
    {
        var rows = Medians.Where(one => one.Scenario.StartsWith(scenario, StringComparison.Ordinal))
            .Select(one => (string[])[$"`{one.Peer}`", .. row(one)]).ToList();
        if (rows.Count > 0)
            text.Section(title, columns, rows);
    }

    private string Added(Measurement one, Func<Measurement, double> value) =>
        one.Answered == 0 ? "–"
        : one.Peer == "direct" ? Ms(value(one))
        : Of(one.Scenario, "direct") is { } direct ? ((value(one) - value(direct)) / 1000).ToString("+0.00;-0.00", CultureInfo.InvariantCulture)
        : Ms(value(one)) + " in all";

    internal static string Number(double? value) => value is { } known ? known.ToString("#,0", CultureInfo.InvariantCulture) : "–";

    internal static string Ms(double? microseconds) =>
        microseconds is { } known ? (known / 1000).ToString("0.00", CultureInfo.InvariantCulture) : "–";
}
