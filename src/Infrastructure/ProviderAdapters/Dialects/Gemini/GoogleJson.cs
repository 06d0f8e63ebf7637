using System.Globalization;
using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Reading protocol buffers' JSON: what has its usual value is left out, and 64-bit numbers may be strings.</summary>
internal static class GoogleJson
{
    /// <summary>The member is there, and not null.</summary>
    public static bool Has(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <returns>Null when it is not there, or no text.</returns>
    public static string? TextOf(this JsonElement element, string name) =>
        element.Has(name) && element.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <returns>Null when it is not there.</returns>
    /// <exception cref="FormatException">It is no whole number.</exception>
    public static long? Count(this JsonElement element, string name)
    {
        if (!element.Has(name))
            return null;

        // Vertex AI's statistics are floating point: 4.0
        var value = element.GetProperty(name);
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == decimal.Truncate(number)
            && number is >= long.MinValue and <= long.MaxValue
            ? (long)number
            : throw new FormatException($"'{name}' is no whole number.");
    }

    /// <returns>The items that are objects; none when it is not there.</returns>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Has(name) && element.GetProperty(name) is { ValueKind: JsonValueKind.Array } array
            ? array.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];

    public static bool IsTrue(this JsonElement element, string name) =>
        element.Has(name) && element.GetProperty(name).ValueKind == JsonValueKind.True;
}
