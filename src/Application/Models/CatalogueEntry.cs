using System.Globalization;
using System.Text.Json;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Models;

/// <summary>Reads one model of a catalogue, believing nothing that cannot be.</summary>
internal static class CatalogueEntry
{
    public const string InputRate = "input_cost_per_token";
    public const string OutputRate = "output_cost_per_token";
    private const int LongestNumber = 64;
    private const int HighestExponent = 300;

    public static string? WhatIsWrongWithName(string name) =>
        string.IsNullOrWhiteSpace(name) ? "the name is empty"
        : name.Length > Model.MaxNameLength ? $"the name has {name.Length} characters: allowed are {Model.MaxNameLength}"
        : name.Any(char.IsControl) ? "the name contains control characters"
        : null;

    /// <returns>Null when it is none; <paramref name="problem"/> then says why.</returns>
    public static CatalogueModel? Read(string name, JsonElement entry, out string? problem)
    {
        try
        {
            problem = null;
            return Read(name, entry);
        }
        catch (FormatException wrong)
        {
            problem = wrong.Message;
            return null;
        }
        catch (InvalidOperationException)
        {
            problem = "a text contains half of a surrogate pair";
            return null;
        }
    }

    private static CatalogueModel Read(string name, JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            throw Wrong("the entry", entry, "an object");

        RequireStorable(entry);
        var members = entry.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        var provider = Word(members, "litellm_provider") ?? throw new FormatException("litellm_provider is missing");
        var mode = Word(members, "mode") ?? "chat";
        var (maxInput, maxOutput) = (Tokens(members, "max_input_tokens"), Tokens(members, "max_output_tokens"));

        // The card says what is wrong with a rate, those of the columns among them.
        Price.Parse(Document(members, IsPrice));
        var (input, output) = (Rate(members, InputRate), Rate(members, OutputRate));
        foreach (var own in (string[])["litellm_provider", "mode", "max_input_tokens", "max_output_tokens", InputRate, OutputRate])
            members.Remove(own);

        return new CatalogueModel(
            name, provider, mode, input, output, maxInput, maxOutput,
            Document(members, IsPrice), Document(members, IsCapability), Document(members, member => !IsPrice(member) && !IsCapability(member)));
    }

    public static bool IsPrice(KeyValuePair<string, JsonElement> member) =>
        member.Key.Contains("cost", StringComparison.Ordinal) || member.Key.Contains("pricing", StringComparison.Ordinal)
        || member.Key.Contains("multiplier", StringComparison.Ordinal) || member.Key is "provider_specific_entry" or "web_search_billing_unit";

    /// <exception cref="FormatException">It is called like one, and is none.</exception>
    public static bool IsCapability(KeyValuePair<string, JsonElement> member)
    {
        if (member.Key.StartsWith("supported_", StringComparison.Ordinal))
            return true;
        if (!member.Key.StartsWith("supports_", StringComparison.Ordinal))
            return false;

        return member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null
            ? true
            : throw Wrong(member.Key, member.Value, "true or false");
    }

    private static string Document(Dictionary<string, JsonElement> members, Func<KeyValuePair<string, JsonElement>, bool> belongs) =>
        CanonicalJson.Write(JsonSerializer.SerializeToElement(members.Where(belongs).ToDictionary()));

    private static string? Word(Dictionary<string, JsonElement> members, string name)
    {
        if (!members.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= Model.MaxNameLength } word
            ? word
            : throw Wrong(name, value, "a word");
    }

    // Some catalogues write them with a fraction of nothing.
    private static int? Tokens(Dictionary<string, JsonElement> members, string name)
    {
        if (!members.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;

        return value.ValueKind == JsonValueKind.Number && ExactDecimal.TryParse(value.GetRawText(), out var tokens)
            && decimal.IsInteger(tokens) && tokens is >= 0 and <= int.MaxValue
            ? decimal.ToInt32(tokens)
            : throw Wrong(name, value, $"a whole number from 0 to {int.MaxValue}");
    }

    private static string? Rate(Dictionary<string, JsonElement> members, string name) =>
        members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number ? CanonicalJson.Write(value) : null;

    /// <exception cref="FormatException">It is JSON and yet more than the database's JSON can be.</exception>
    /// <exception cref="InvalidOperationException">A text contains half of a surrogate pair.</exception>
    public static void RequireStorable(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    RequireText(member.Name);
                    RequireStorable(member.Value);
                }

                break;

            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    RequireStorable(item);
                break;

            case JsonValueKind.String:
                RequireText(value.GetString()!);
                break;

            case JsonValueKind.Number when !IsStorable(value.GetRawText()):
                throw new FormatException("a number has more digits than can be stored");
        }
    }

    private static void RequireText(string text)
    {
        if (text.Contains('\0'))
            throw new FormatException("a text contains the character NUL");
    }

    private static bool IsStorable(string number) => number.Length <= LongestNumber
        && (number.IndexOfAny(['e', 'E']) is not (>= 0 and var mark)
            || (int.TryParse(number.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
                && Math.Abs(exponent) <= HighestExponent));

    private static FormatException Wrong(string name, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        return new FormatException($"{name} is {(text.Length <= 40 ? text : text[..40] + "…")}: expected {expected}");
    }
}
