using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace CleanGateway.Benchmarks.Parts;

/// <summary>What single parts of a call's way cost, by BenchmarkDotNet: time and bytes of each.</summary>
internal static class PartsBench
{
    private static readonly Type[] All = [typeof(DialectParts), typeof(StreamParts), typeof(MeteringParts), typeof(JournalParts)];

    /// <param name="filter">A part of the names of those to measure; null: all.</param>
    public static int Run(string? filter)
    {
        // In this process: nothing has to be restored and built, and the rest of the program is there already.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub)
            .AddLogger(ConsoleLogger.Default)
            .WithArtifactsPath(Path.Combine("artifacts", "bench", "parts"))
            .WithOptions(ConfigOptions.JoinSummary);
        string[] arguments = ["--filter", filter is null ? "*" : $"*{filter}*"];
        return BenchmarkSwitcher.FromTypes(All).Run(arguments, config).Any() ? 0 : 1;
    }
}
