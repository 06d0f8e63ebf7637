using System.Text;
using System.Text.Json;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Common;

/// <summary>
/// Reads one member's value with the reader on its name; null counts as absent. An error names the field, what was
/// given and what is allowed.
/// </summary>
internal static class Fields
{
    public static GatewayError? String(ref Utf8JsonReader reader, string name, out string? value)
    {
        value = null;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;

        if (reader.TokenType != JsonTokenType.String)
            return WrongType(ref reader, name, "a string");

        try
        {
            value = reader.GetString();
            return null;
        }
        catch (InvalidOperationException)
        {
            return GatewayError.Invalid($"Invalid '{name}': the text contains half of a surrogate pair.", name, "invalid_value");
        }
    }

    public static GatewayError? Boolean(ref Utf8JsonReader reader, string name, out bool? value)
    {
        reader.Read();
        value = reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => null,
        };
        return value is null && reader.TokenType != JsonTokenType.Null ? WrongType(ref reader, name, "a boolean") : null;
    }

    public static GatewayError? Integer(ref Utf8JsonReader reader, string name, long least, long most, out long? value)
    {
        value = null;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;

        if (reader.TokenType != JsonTokenType.Number)
            return WrongType(ref reader, name, "an integer");

        if (!reader.TryGetInt64(out var number) || number < least || number > most)
            return GatewayError.Invalid($"Invalid '{name}': expected an integer from {least} to {most}, but got {Given(ref reader)}.", name, "invalid_value");

        value = number;
        return null;
    }

    public static GatewayError? Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
        return null;
    }

    public static GatewayError Missing(string name) =>
        GatewayError.Invalid($"Missing required parameter: '{name}'.", name, "missing_required_parameter");

    public static GatewayError WrongType(ref Utf8JsonReader reader, string name, string expected) =>
        GatewayError.Invalid($"Invalid type for '{name}': expected {expected}, but got {NameOf(reader.TokenType)} instead.", name, "invalid_type");

    private static string Given(ref Utf8JsonReader number) =>
        number.ValueSpan.Length <= 40 ? Encoding.UTF8.GetString(number.ValueSpan) : $"a number of {number.ValueSpan.Length} digits";

    private static string NameOf(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };
}
