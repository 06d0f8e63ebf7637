namespace CleanGateway.IntegrationTests.Providers;

/// <summary>What the default model says, as every client has to hear it.</summary>
internal static class Told
{
    public const string Hello = "Hello there";
    public const string Weather = "It is 18C in Paris and 21C in Rome and 12:00 by get_time.";
    public const string Json = """{"city":"Paris"}""";

    /// <summary>A picture of one pixel.</summary>
    public const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    public const string Picture = "I see a picture of 70 bytes";

    /// <summary>A schema of <see cref="Json"/>.</summary>
    public static object Schema { get; } = new
    {
        type = "object",
        properties = new { city = new { type = "string" } },
        required = new[] { "city" },
        additionalProperties = false,
    };
}
