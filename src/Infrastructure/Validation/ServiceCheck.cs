using System.Text.Json;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>1: whether there is a gateway, and whether it takes calls.</summary>
internal sealed class ServiceCheck(ValidationRun run)
{
    private const string Name = "service";
    private const string Title = "service up";

    public async Task<ValidationCheck> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var alive = await run.Gateway.GetAsync("health", cancellationToken);
            var report = await run.Gateway.GetAsync("api/health", cancellationToken);
            run.Health = report.Json;
            return Judge(alive, report);
        }
        catch (Exception silent) when (silent is HttpRequestException or TimeoutException)
        {
            return Failed($"{run.Target.BaseUrl}health: {silent.GetBaseException().Message}", run.Advice.NoGateway(silent));
        }
    }

    private ValidationCheck Judge(HttpLook alive, HttpLook report)
    {
        if (alive is not { Status: 200, Body: "OK" } || run.Health is not { } health || Word(health, "status") is not { } status)
            return Failed(
                $"{run.Target.BaseUrl}health answered {alive.Status}, api/health {report.Status}: this is no CleanGateway",
                run.Advice.OtherService());

        var seen = $"/health answered OK; {Words(health)}";
        if (status != "ready")
            return Failed(seen, run.Advice.NotReady());

        return Word(health, "database") == "ok" && Word(health, "configuration") == "ok" && Word(health, "redis") is "ok" or "not_configured"
            ? ValidationRun.Passed(1, Name, Title, seen)
            : ValidationAdvice.Unwell().On(new ValidationCheck(1, Name, Title, ValidationVerdict.Warning, seen, 0));
    }

    private static string Words(JsonElement health) => string.Join(", ", health.EnumerateObject().Select(word => $"{word.Name} {word.Value}"));

    private static string? Word(JsonElement health, string name) => health.TryGetProperty(name, out var word) ? word.ToString() : null;

    private static ValidationCheck Failed(string seen, Advice advice) =>
        advice.On(new ValidationCheck(1, Name, Title, ValidationVerdict.Failed, seen, 0));
}
