using System.Text.Json;
using CleanGateway.Benchmarks.Load;
using CleanGateway.Benchmarks.Servers;

namespace CleanGateway.Benchmarks.Http;

/// <summary>One kind of load, the same for everyone.</summary>
/// <param name="WarmUp">Seconds of the same load before it counts.</param>
internal sealed record Scenario(
    string Name, UpstreamWish Wish, int PromptBytes, int Connections, double Seconds, double WarmUp,
    double? Rate = null, int? CallsPerConnection = null)
{
    private const int SmallPrompt = 300;
    private const int LargePrompt = 150_000;
    private static readonly UpstreamWish Whole = new(0, 0, 0, Usage: false);

    /// <summary>What names begin with.</summary>
    public static IReadOnlyList<string> Groups { get; } = ["start", "closed", "open", "ttft", "streams", "large"];

    /// <summary>Whether it is left out where it has to be quick and is not asked for.</summary>
    public bool IsLong => Name is "open-200" or "open-2000" or "large-500";

    public bool IsStream => Wish.Chunks > 0;

    /// <summary>In the order in which they are measured: what fills memory comes last.</summary>
    public static IReadOnlyList<Scenario> All(bool quick)
    {
        var (seconds, warmUp) = quick ? (1.5, 0.4) : (3.0, 0.7);
        return
        [
            new("closed-32", Whole, SmallPrompt, 32, seconds, warmUp),
            new("closed-256", Whole, SmallPrompt, 256, seconds, warmUp),
            new("open-200", Whole, SmallPrompt, 256, quick ? 2 : 5, WarmUp: 0.3, Rate: 200),
            new("open-1000", Whole, SmallPrompt, 256, seconds, WarmUp: 0.3, Rate: 1000),
            new("open-2000", Whole, SmallPrompt, 256, seconds, WarmUp: 0.3, Rate: 2000),
            new("ttft-200", new(5, 10, 0, Usage: false), SmallPrompt, 256, seconds, WarmUp: 0.3, Rate: 200),

            // All 512 are begun within a second, and none ends before the last has begun.
            new("streams-512", new(quick ? 40 : 60, 50, 0, Usage: false), SmallPrompt, 512, 1, WarmUp: 0, Rate: 512),

            // The upstream thinks for a while, so that all the bodies are in the proxy's hands at the same time.
            new("large-500", new(0, 0, 500, Usage: false), LargePrompt, 500, 0, WarmUp: 0, CallsPerConnection: 2),
        ];
    }

    public LoadPlan Plan(int port, IReadOnlyDictionary<string, string> headers) =>
        new(port, headers, Body(), Connections, Seconds, Rate, CallsPerConnection, IsStream ? Wish.Chunks + 1 : 0);

    private string Body()
    {
        const string Words = "What would you say to everyone who has been waiting for so long? ";
        var prompt = string.Concat(Enumerable.Repeat(Words, (PromptBytes / Words.Length) + 1));
        var stream = IsStream ? "\"stream\":true," : "";
        return $$"""{"model":"bench","user":"{{Wish.User}}","max_tokens":64,{{stream}}"temperature":0.7,"messages":["""
            + $$"""{"role":"system","content":"Be brief."},{"role":"user","content":{{JsonSerializer.Serialize(prompt)}}}]}""";
    }
}
