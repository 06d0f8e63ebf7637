using System.Runtime.InteropServices;

namespace CleanGateway.Benchmarks.Load;

/// <summary>
/// Waits on a thread of one's own to within some 60 µs. The framework's timers wake once a millisecond, which is more than what is
/// measured; a thread that spins would take one of the cores from what is measured.
/// </summary>
internal static class PreciseSleep
{
    private const long NanosecondsPerTick = 100;

    /// <param name="ticks">Of 100 ns; less than a second.</param>
    public static void For(long ticks)
    {
        if (ticks <= 0)
            return;

        var time = new Timespec { Seconds = 0, Nanoseconds = (nint)(ticks * NanosecondsPerTick) };
        _ = NanoSleep(ref time, 0);   // a signal ends it early, and whoever waits looks at the clock anyway
    }

    [DllImport("libc", EntryPoint = "nanosleep", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NanoSleep(ref Timespec time, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
