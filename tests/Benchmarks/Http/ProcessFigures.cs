using System.Globalization;

namespace CleanGateway.Benchmarks.Http;

/// <summary>What Linux knows of a process (proc(5)).</summary>
internal static class ProcessFigures
{
    private const long TicksPerSecond = 100;   // USER_HZ: the same on every Linux
    private const int UserTime = 11;           // fields 14 and 15 of stat, counted from behind the name, which may hold anything
    private const int SystemTime = 12;

    /// <summary>CPU time of all its threads, also of those that have ended, in microseconds.</summary>
    public static double CpuMicroseconds(int process)
    {
        var line = File.ReadAllText($"/proc/{process}/stat");
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[UserTime], CultureInfo.InvariantCulture) + long.Parse(fields[SystemTime], CultureInfo.InvariantCulture);
        return ticks * 1_000_000.0 / TicksPerSecond;
    }

    /// <summary>Most memory it had (resident set) since it began, or since <see cref="ForgetPeak"/>; in bytes.</summary>
    public static long PeakMemory(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    public static void ForgetPeak(int process) => File.WriteAllText($"/proc/{process}/clear_refs", "5");

    public static IReadOnlyList<int> ChildrenOf(int process) =>
    [
        .. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture)),
    ];
}
