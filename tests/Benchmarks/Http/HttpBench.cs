using System.Globalization;
using System.Text.Json;
using CleanGateway.Benchmarks.Load;

namespace CleanGateway.Benchmarks.Http;

/// <param name="Gateway">The program.</param>
/// <param name="Only">Names of <see cref="PeerSet.Names"/>; empty: all, or the usual ones where it has to be quick.</param>
/// <param name="Scenarios">Beginnings of scenarios' names; empty: all.</param>
/// <param name="Rounds">Null: as many as are usual.</param>
/// <param name="Output">Folder of the JSON file.</param>
/// <param name="PeerPackages">Folder with <c>node_modules</c>; null: there is none.</param>
internal sealed record HttpBenchOptions(
    string Gateway, bool Quick, IReadOnlyList<string> Only, IReadOnlyList<string> Scenarios, int? Rounds, string Output, string? PeerPackages);

/// <summary>
/// Drives calls through the gateway and through its peers, in turn, and tells what it came to. Everything that it starts it stops; what
/// it talks to by standard input ends also when this process is killed.
/// </summary>
internal sealed class HttpBench(HttpBenchOptions options, TimeProvider clock)
{
    private const int Starts = 3;
    private const double WarmUpSeconds = 4;
    private const int MostWarmUps = 8;
    private const int MostQuickWarmUps = 3;

    // No more than so much cheaper than before: compiled.
    private const double WarmAt = 0.97;

    private static readonly (string, string)[] OneThread =
    [
        // Answers are a few bytes that are ready: to hand them from the sockets' thread to others costs more than to write them.
        ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"), ("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1"),
    ];

    private readonly Dictionary<string, (long Answered, long Failed)> totals = [];
    private readonly List<Measurement> rounds = [];
    private readonly Dictionary<string, List<double>> starts = [];

    /// <returns>1 where a gateway's books do not agree with what was answered.</returns>
    public static async Task<int> RunAsync(HttpBenchOptions options, CancellationToken cancellationToken)
    {
        if (Unknown(options) is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 2;
        }

        var folder = Directory.CreateTempSubdirectory("cleangateway-bench-").FullName;
        try
        {
            // PostgreSQL may run as another user, and has to get there.
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("711", 8));
            return await new HttpBench(options, TimeProvider.System).RunAsync(folder, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return 130;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Unknown(HttpBenchOptions options) =>
        options.Only.FirstOrDefault(name => !PeerSet.Names.Contains(name)) is { } peer
            ? $"--only: there is no {peer}; there are {string.Join(", ", PeerSet.Names)}"
        : options.Scenarios.FirstOrDefault(name => !Scenario.Groups.Any(group => name.StartsWith(group, StringComparison.Ordinal))) is { } scenario
            ? $"--scenario: there is no {scenario}; there are {string.Join(", ", Scenario.Groups)}"
        : options.Rounds is < 1 ? $"--rounds: {options.Rounds} is not allowed, 1 or more are"
        : null;

    private async Task<int> RunAsync(string folder, CancellationToken cancellationToken)
    {
        var began = clock.GetUtcNow();
        var program = Environment.ProcessPath!;
        await using var upstream = ChildProcess.Start(program, ["upstream"], folder, OneThread, conversation: true);
        var upstreamPort = int.Parse(await upstream.ReadLineAsync(cancellationToken), CultureInfo.InvariantCulture);
        await using var load = ChildProcess.Start(program, ["load"], folder, OneThread, conversation: true);
        await using var set = new PeerSet();
        await set.AddAsync(options, Names(), folder, upstreamPort, cancellationToken);
        foreach (var absent in set.Absent)
            Tell($"skipped: {absent}");

        foreach (var peer in set.Peers)
        {
            Tell($"preparing {peer.Name}");
            await peer.PrepareAsync(cancellationToken);
        }

        await StartAllAsync(set.Peers, cancellationToken);
        foreach (var peer in set.Peers)
            await WarmUpAsync(peer, load, cancellationToken);

        foreach (var scenario in Scenarios())
        {
            for (var round = 1; round <= (options.Rounds ?? UsualRounds(scenario)); round++)
            {
                foreach (var peer in set.Peers)
                    rounds.Add(await MeasureAsync(peer, scenario, load, cancellationToken));
            }
        }

        List<string> differences = [];
        foreach (var peer in set.Peers)
        {
            var (answered, failed) = totals[peer.Name];
            differences.AddRange(await peer.CheckBooksAsync(answered, failed, cancellationToken));
        }

        var report = new Report(
            began, clock.GetUtcNow() - began, await Machine.DescribeAsync(options, cancellationToken), options.Quick,
            [.. set.Peers.Select(peer => new PeerNote(peer.Name, peer.Description))], set.Absent, Medians(), starts, rounds, differences);
        await report.WriteAsync(Console.Out, options.Output, cancellationToken);
        return differences.Count == 0 ? 0 : 1;
    }

    private HashSet<string> Names() =>
        options.Only.Count > 0 ? [.. options.Only] : options.Quick ? ["direct", "yarp", "plain", "governed"] : [.. PeerSet.Names];

    private IEnumerable<Scenario> Scenarios() =>
        Scenario.All(options.Quick).Where(scenario => IsWanted(scenario.Name) && !(options.Quick && options.Scenarios.Count == 0 && scenario.IsLong));

    private bool IsWanted(string name) =>
        options.Scenarios.Count == 0 || options.Scenarios.Any(wanted => name.StartsWith(wanted, StringComparison.Ordinal));

    // What takes long is measured less often.
    private int UsualRounds(Scenario scenario) => scenario.Name.StartsWith("closed", StringComparison.Ordinal) ? (options.Quick ? 2 : 3)
        : options.Quick ? 1
        : scenario.Name.StartsWith("open", StringComparison.Ordinal) ? 3 : 2;

    private List<Measurement> Medians() =>
        [.. rounds.GroupBy(round => (round.Scenario, round.Peer)).Select(group => Measurement.MedianOf([.. group]))];

    private async Task StartAllAsync(IReadOnlyList<Peer> peers, CancellationToken cancellationToken)
    {
        var body = Scenario.All(options.Quick)[0].Plan(0, new Dictionary<string, string>()).Body;
        var times = IsWanted("start") && !options.Quick ? Starts : 1;
        foreach (var peer in peers)
        {
            starts[peer.Name] = [];
            totals[peer.Name] = default;
            for (var time = 1; time <= times; time++)
            {
                if (time > 1)
                    await peer.DisposeAsync();
                var start = clock.GetTimestamp();
                await peer.LaunchAsync(cancellationToken);
                Add(peer, await peer.FirstAnswerAsync(body, clock, cancellationToken), 0);
                starts[peer.Name].Add(clock.GetElapsedTime(start).TotalMilliseconds);
            }

            Tell($"{peer.Name}: first answer after {Measurement.Median(starts[peer.Name]):0} ms");
        }
    }

    // Code is compiled for speed once it has run often enough, in the background: whoever is measured first is not to pay for
    // that. With two cores it takes until a call costs no less than it did before.
    private async Task WarmUpAsync(Peer peer, ChildProcess load, CancellationToken cancellationToken)
    {
        var (whole, stream) = (Scenario.All(options.Quick)[0], Scenario.All(options.Quick).First(scenario => scenario.IsStream));
        Tell($"warming up {peer.Name}");
        await WarmUpAsync(stream.Plan(peer.Port, peer.Headers) with { Seconds = 1 });
        var best = double.PositiveInfinity;
        for (var turn = 1; turn <= (options.Quick ? MostQuickWarmUps : MostWarmUps); turn++)
        {
            var before = peer.Processes.Sum(ProcessFigures.CpuMicroseconds);
            var answered = await WarmUpAsync(whole.Plan(peer.Port, peer.Headers) with { Seconds = WarmUpSeconds });
            var cost = (peer.Processes.Sum(ProcessFigures.CpuMicroseconds) - before) / Math.Max(1, answered);
            if (cost > best * WarmAt || peer.Processes.Count == 0)
                break;
            best = cost;
        }

        async Task<double> WarmUpAsync(LoadPlan plan)
        {
            var warm = await LoadAsync(load, plan, cancellationToken);
            Add(peer, warm.Answered, Failed(warm));
            await peer.SettleAsync(totals[peer.Name].Answered, cancellationToken);
            return warm.Answered;
        }
    }

    private async Task<Measurement> MeasureAsync(Peer peer, Scenario scenario, ChildProcess load, CancellationToken cancellationToken)
    {
        var plan = scenario.Plan(peer.Port, peer.Headers);
        if (scenario.WarmUp > 0)
        {
            var warm = await LoadAsync(load, plan with { Seconds = scenario.WarmUp }, cancellationToken);
            Add(peer, warm.Answered, Failed(warm));
            await peer.SettleAsync(totals[peer.Name].Answered, cancellationToken);
        }

        foreach (var process in peer.Processes)
            ProcessFigures.ForgetPeak(process);
        var before = await peer.ReadAsync(cancellationToken);
        var cpuBefore = peer.Processes.Sum(ProcessFigures.CpuMicroseconds);
        var result = await LoadAsync(load, plan, cancellationToken);
        Add(peer, result.Answered, Failed(result));
        await peer.SettleAsync(totals[peer.Name].Answered, cancellationToken);
        var cpu = peer.Processes.Sum(ProcessFigures.CpuMicroseconds) - cpuBefore;
        var after = await peer.ReadAsync(cancellationToken);

        double? PerCall(double? value) => peer.Processes.Count > 0 && result.Answered > 0 ? value / result.Answered : null;
        var measurement = new Measurement(
            peer.Name, scenario.Name, result.PerSecond, result.Answered, Failed(result),
            result.Latency.P50, result.Latency.P99, result.Latency.P999, result.Latency.Max, result.FirstByte.P50, result.FirstByte.P99,
            PerCall(cpu), result.Events > 0 && scenario.IsStream && peer.Processes.Count > 0 ? cpu / result.Events : null,
            PerCall(after.AllocatedBytes - before.AllocatedBytes),
            peer.Processes.Count > 0 ? peer.Processes.Sum(ProcessFigures.PeakMemory) : null,
            after.JournalWait?.Since(before.JournalWait).Quantile(0.99) * 1_000_000, result.LoadCpu, after.Note);
        var failures = string.Join(", ", result.Failures.Select(failure => $"{failure.Value} × {failure.Key}"));
        Tell(string.Create(
            CultureInfo.InvariantCulture,
            $"{scenario.Name,-12} {peer.Name,-15} {measurement.PerSecond,8:0}/s  p50 {measurement.P50,8:0} µs  p99 {measurement.P99,8:0} µs"
            + $"  CPU {measurement.CpuPerCall,6:0} µs  {failures} {after.Note}"));
        return measurement;
    }

    private void Add(Peer peer, long answered, long failed) =>
        totals[peer.Name] = (totals[peer.Name].Answered + answered, totals[peer.Name].Failed + failed);

    private static int Failed(LoadResult result) => result.Failures.Values.Sum();

    private static async Task<LoadResult> LoadAsync(ChildProcess load, LoadPlan plan, CancellationToken cancellationToken) =>
        JsonSerializer.Deserialize<LoadResult>(await load.AskAsync(JsonSerializer.Serialize(plan), cancellationToken))!;

    private static void Tell(string line) => Console.Error.WriteLine(line);
}
