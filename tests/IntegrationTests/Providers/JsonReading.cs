using System.Text.Json;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Reads JSON of which nothing is certain.</summary>
internal static class JsonReading
{
    public static JsonElement Empty { get; } = JsonDocument.Parse("{}").RootElement;

    /// <returns>Undefined if there is none; as with <c>null</c>.</returns>
    public static JsonElement Get(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;

    public static bool Has(this JsonElement json, string name) => json.Get(name).ValueKind != JsonValueKind.Undefined;

    /// <returns>Null if it is no text.</returns>
    public static string? Text(this JsonElement json, string name) => json.Get(name).AsText();

    public static string? AsText(this JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString() : null;

    public static bool IsTrue(this JsonElement json, string name) => json.Get(name).ValueKind == JsonValueKind.True;

    public static double? Number(this JsonElement json, string name) =>
        json.Get(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    /// <summary>The elements of an array, none if it is not one.</summary>
    public static IReadOnlyList<JsonElement> Items(this JsonElement json, string name) => json.Get(name).Items();

    public static IReadOnlyList<JsonElement> Items(this JsonElement json) => json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [];

    /// <summary>The members of an object, none if it is not one.</summary>
    public static IReadOnlyList<JsonProperty> Members(this JsonElement json) =>
        json.ValueKind == JsonValueKind.Object ? [.. json.EnumerateObject()] : [];

    public static JsonElement Parsed(string json) => JsonDocument.Parse(json).RootElement;

    public static string ToJson(object? value) => JsonSerializer.Serialize(value);
}
