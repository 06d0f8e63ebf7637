using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>How the upstream of the fault tests answers: words with time between them, so that there is a middle to die in.</summary>
internal static class FaultUpstream
{
    /// <summary>Calls of this name are not answered; streams get one word.</summary>
    public const string Held = "held";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    public static async Task AnswerAsync(UpstreamCall call)
    {
        using var timer = new PeriodicTimer(Pace);
        var held = call.Request.Json.GetProperty("user").GetString()!.StartsWith(Held, StringComparison.Ordinal);
        await timer.WaitForNextTickAsync();
        if (!call.Request.WantsStream)
        {
            await (held ? call.HungUpAsync() : call.CompleteAsync("Hello there"));
            return;
        }

        await call.BeginStreamAsync();
        await call.SayRoleAsync();
        await call.SayWordAsync("Hello");
        if (held)
        {
            await call.HungUpAsync();
            return;
        }

        await timer.WaitForNextTickAsync();
        await call.SayWordAsync(" there");
        await FinishAsync(call);
    }

    public static async Task FinishAsync(UpstreamCall call)
    {
        await call.SayFinishAsync();
        await call.SayUsageAsync();
        await call.SayAsync("[DONE]");
        await call.EndAsync();
    }
}
