using System.Text.Json;
using System.Text.Json.Serialization;

namespace CleanGateway.Api.Common;

/// <summary>How JSON is written and read beside the inference endpoints, by the admin API and by commands.</summary>
internal static class AdminJson
{
    public static JsonSerializerOptions Options { get; } = Configured(new JsonSerializerOptions(JsonSerializerDefaults.General));

    /// <summary>The same, for people.</summary>
    public static JsonSerializerOptions Indented { get; } = Configured(new JsonSerializerOptions(JsonSerializerDefaults.General) { WriteIndented = true });

    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.NumberHandling = JsonNumberHandling.Strict;   // also what the description says of numbers
        options.Converters.Add(new EnumNames());
    }

    private static JsonSerializerOptions Configured(JsonSerializerOptions options)
    {
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
