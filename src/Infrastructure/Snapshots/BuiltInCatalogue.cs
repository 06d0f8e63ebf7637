using CleanGateway.Domain.Models;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>
/// Models that are known without any row, beneath the table <c>models</c>: a row of the same name takes their place.
/// Rates in US dollars per token, as the vendor lists them; an import of a full catalogue is more up to date.
/// </summary>
internal static class BuiltInCatalogue
{
    public const string EchoModel = "echo";

    // When the list was last looked over; what /v1/models says they were created.
    private static readonly DateTimeOffset Since = new(2026, 8, 1, 0, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<Model> Models { get; } =
    [
        Chat(EchoModel, "echo", 0m, 0m),
        Chat("gpt-4o", "openai", 0.0000025m, 0.00001m),
        Chat("gpt-4o-mini", "openai", 0.00000015m, 0.0000006m),
        Chat("gpt-4.1", "openai", 0.000002m, 0.000008m),
        Chat("gpt-4.1-mini", "openai", 0.0000004m, 0.0000016m),
        Chat("gpt-4.1-nano", "openai", 0.0000001m, 0.0000004m),
        Chat("o3", "openai", 0.000002m, 0.000008m),
        Chat("o4-mini", "openai", 0.0000011m, 0.0000044m),
        Chat("gpt-5", "openai", 0.00000125m, 0.00001m),
        Chat("gpt-5-mini", "openai", 0.00000025m, 0.000002m),
        Chat("gpt-5-nano", "openai", 0.00000005m, 0.0000004m),
    ];

    private static Model Chat(string name, string provider, decimal input, decimal output) =>
        Model.Load(default, name, provider, input, output, "chat", Since);
}
