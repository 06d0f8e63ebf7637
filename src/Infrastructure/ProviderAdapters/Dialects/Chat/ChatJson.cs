using System.Text.Json;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>Reading a caller's JSON: an error names the field, what was given and what is allowed. Null counts as absent.</summary>
internal static class ChatJson
{
    private const int LongestGiven = 64;

    public static JsonElement? Given(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <exception cref="GatewayException">It is of another kind.</exception>
    public static JsonElement Require(this JsonElement element, string path, JsonValueKind kind) =>
        element.ValueKind == kind ? element : throw WrongType(path, element, NameOf(kind));

    /// <exception cref="GatewayException">It is there and no string.</exception>
    public static string? Text(this JsonElement element, string name, string path) =>
        element.Given(name)?.Require(path, JsonValueKind.String).GetString();

    /// <exception cref="GatewayException">It is not there, or no string.</exception>
    public static string NeedText(this JsonElement element, string name, string path) => element.Text(name, path) ?? throw Missing(path);

    /// <exception cref="GatewayException">It is there and no boolean.</exception>
    public static bool? Flag(this JsonElement element, string name, string path) => element.Given(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw WrongType(path, other, "a boolean"),
    };

    public static bool IsText(this JsonElement element, string text) => element.ValueKind == JsonValueKind.String && element.ValueEquals(text);

    public static bool IsNumber(this JsonElement element, int number) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDecimal(out var value) && value == number;

    public static GatewayException Missing(string path) =>
        new(GatewayError.Invalid($"Missing required parameter: '{path}'.", path, "missing_required_parameter"));

    public static GatewayException WrongType(string path, JsonElement given, string expected) =>
        new(GatewayError.Invalid($"Invalid type for '{path}': expected {expected}, but got {NameOf(given.ValueKind)} instead.", path, "invalid_type"));

    /// <param name="given">Not a secret, and no prompt.</param>
    public static GatewayException Wrong(string path, string? given, string expected) => new(GatewayError.Invalid(
        $"Invalid '{path}': expected {expected}, but got {(given is null ? "nothing" : given.Length <= LongestGiven ? $"'{given}'" : $"{given.Length} characters")}.",
        path, "invalid_value"));

    /// <summary>What cannot be said to a provider.</summary>
    public static GatewayError Unsupported(string path, string why) => GatewayError.Invalid($"Unsupported '{path}': {why}", path, "unsupported_parameter");

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
