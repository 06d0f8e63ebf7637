using System.Text.Json;

namespace CleanGateway.Benchmarks.Load;

/// <summary>The load generator as a process: plans come as lines on standard input, results go as lines to standard output.</summary>
internal static class LoadRole
{
    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // One process for all of a run, so that its own code is compiled when it matters. The end of the input ends it.
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            var plan = JsonSerializer.Deserialize<LoadPlan>(line)!;
            GC.Collect();
            var result = await LoadGenerator.RunAsync(plan, TimeProvider.System, cancellationToken);
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result));
        }

        return 0;
    }
}
