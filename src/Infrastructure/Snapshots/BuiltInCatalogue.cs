using System.Text.Json;
using CleanGateway.Domain.Models;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>
/// Models that are known without any row, beneath the table <c>models</c>: a row of the same name takes their place.
/// Rates as the vendor lists them; an import of a full catalogue is more up to date.
/// </summary>
internal static class BuiltInCatalogue
{
    public const string EchoModel = "echo";

    private const decimal Million = 1_000_000m;

    // When the list was last looked over; what /v1/models says they were created.
    private static readonly DateTimeOffset Since = new(2026, 8, 1, 0, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<Model> Models { get; } =
    [
        Model.Load(default, EchoModel, "echo", 0m, 0m, "chat", Since),
        OpenAi("gpt-4o", 128_000, 16_384, new(2.5m, 1.25m, 10m), priority: new(4.25m, 2.125m, 17m)),
        OpenAi("gpt-4o-mini", 128_000, 16_384, new(0.15m, 0.075m, 0.6m), priority: new(0.25m, 0.125m, 1m)),
        OpenAi("gpt-4.1", 1_047_576, 32_768, new(2m, 0.5m, 8m), priority: new(3.5m, 0.875m, 14m)),
        OpenAi("gpt-4.1-mini", 1_047_576, 32_768, new(0.4m, 0.1m, 1.6m), priority: new(0.7m, 0.175m, 2.8m)),
        OpenAi("gpt-4.1-nano", 1_047_576, 32_768, new(0.1m, 0.025m, 0.4m), priority: new(0.2m, 0.05m, 0.8m)),
        OpenAi("o3", 200_000, 100_000, new(2m, 0.5m, 8m), priority: new(3.5m, 0.875m, 14m), flex: new(1m, 0.25m, 4m)),
        OpenAi("o4-mini", 200_000, 100_000, new(1.1m, 0.275m, 4.4m), priority: new(2m, 0.5m, 8m), flex: new(0.55m, 0.1375m, 2.2m)),
        OpenAi("gpt-5", 272_000, 128_000, new(1.25m, 0.125m, 10m), priority: new(2.5m, 0.25m, 20m), flex: new(0.625m, 0.0625m, 5m)),
        OpenAi("gpt-5-mini", 272_000, 128_000, new(0.25m, 0.025m, 2m), priority: new(0.45m, 0.045m, 3.6m), flex: new(0.125m, 0.0125m, 1m)),
        OpenAi("gpt-5-nano", 272_000, 128_000, new(0.05m, 0.005m, 0.4m), flex: new(0.025m, 0.0025m, 0.2m)),
        OpenAi(
            "gpt-5.4", 1_050_000, 128_000, new(2.5m, 0.25m, 15m), priority: new(5m, 0.5m, 30m), flex: new(1.25m, 0.13m, 7.5m),
            limit: 272, beyond: new(5m, 0.5m, 22.5m)),
    ];

    /// <param name="beyond">What everything costs with prompts of more than <paramref name="limit"/> thousand tokens.</param>
    private static Model OpenAi(
        string name, int maxInput, int maxOutput, PerMillion usual, PerMillion? priority = null, PerMillion? flex = null,
        int limit = 0, PerMillion? beyond = null)
    {
        var prices = new Dictionary<string, decimal> { ["cache_read_input_token_cost"] = usual.Cached / Million };
        foreach (var (suffix, rates) in new[] { ("_priority", priority), ("_flex", flex), ($"_above_{limit}k_tokens", beyond) })
        {
            if (rates is null)
                continue;

            prices[$"input_cost_per_token{suffix}"] = rates.Input / Million;
            prices[$"cache_read_input_token_cost{suffix}"] = rates.Cached / Million;
            prices[$"output_cost_per_token{suffix}"] = rates.Output / Million;
        }

        return Model.Load(
            default, name, "openai", usual.Input / Million, usual.Output / Million, "chat", Since,
            JsonSerializer.Serialize(prices), maxInput, maxOutput);
    }

    /// <summary>US dollars per million tokens.</summary>
    private sealed record PerMillion(decimal Input, decimal Cached, decimal Output);
}
