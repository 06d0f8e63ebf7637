using System.Diagnostics;
using System.Globalization;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>Signals to processes that the tests have started themselves, by their ids.</summary>
internal static class Signals
{
    public static async Task SendAsync(string signal, params int[] processes)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The processes that this one has started, and which have not ended.</summary>
    public static int[] Children(int parent)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id))
                continue;

            try
            {
                // State and parent stand behind the name, which may hold anything (proc_pid_stat(5)).
                var line = File.ReadAllText(Path.Combine(folder, "stat"));
                if (line[(line.LastIndexOf(')') + 2)..].Split(' ') is [not "Z", var of, ..] && int.Parse(of, CultureInfo.InvariantCulture) == parent)
                    children.Add(id);
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return [.. children];
    }
}
