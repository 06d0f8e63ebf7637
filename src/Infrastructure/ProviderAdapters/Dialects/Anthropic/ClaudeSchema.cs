using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// JSON schemas as Claude keeps to them: objects are closed, nothing refers to itself, and limits of numbers, lengths and
/// counts cannot be promised. Those go into the descriptions, so that the model at least knows of them.
/// </summary>
internal static partial class ClaudeSchema
{
    private static readonly HashSet<string> Limits = new(StringComparer.Ordinal)
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems",
        "minProperties", "maxProperties",
    };

    private static readonly HashSet<string> Formats = new(StringComparer.Ordinal)
    {
        "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
    };

    // What would be another schema without them.
    private static readonly HashSet<string> Unsayable = new(StringComparer.Ordinal)
    {
        "patternProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems", "dependentSchemas", "dependentRequired", "not", "if",
        "prefixItems", "contains", "$dynamicRef", "$recursiveRef",
    };

    /// <summary>Whether answers can be held to it.</summary>
    public static bool CanSay(JsonElement schema) => CanSay(schema, schema, []);

    /// <summary>Writes what can be said of it.</summary>
    /// <param name="schema">One that <see cref="CanSay(JsonElement)"/> is true of.</param>
    public static void Write(Utf8JsonWriter json, JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            schema.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        var notes = new List<string>();
        string? description = null;
        foreach (var member in schema.EnumerateObject())
        {
            if (member.Name == "description" && member.Value.ValueKind == JsonValueKind.String)
                description = member.Value.GetString();
            else if (IsLimit(member))
                notes.Add($"{member.Name}: {member.Value.GetRawText()}");
            else if (member.Name is not ("additionalProperties" or "$schema" or "$id"))
                WriteMember(json, member);
        }

        if (notes.Count > 0)
            description = $"{description}{(string.IsNullOrEmpty(description) ? "" : " ")}({string.Join(", ", notes)})";
        if (description is not null)
            json.WriteString("description", description);
        if (IsObject(schema))
            json.WriteBoolean("additionalProperties", false);
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, JsonProperty member)
    {
        switch (member.Name)
        {
            case "properties" or "$defs" or "definitions" when member.Value.ValueKind == JsonValueKind.Object:
                json.WriteStartObject(member.Name);
                foreach (var one in member.Value.EnumerateObject())
                {
                    json.WritePropertyName(one.Name);
                    Write(json, one.Value);
                }

                json.WriteEndObject();
                break;
            case "anyOf" or "oneOf" or "allOf" when member.Value.ValueKind == JsonValueKind.Array:
                json.WriteStartArray(member.Name == "oneOf" ? "anyOf" : member.Name);
                foreach (var one in member.Value.EnumerateArray())
                    Write(json, one);
                json.WriteEndArray();
                break;
            case "items":
                json.WritePropertyName(member.Name);
                Write(json, member.Value);
                break;
            default:
                member.WriteTo(json);
                break;
        }
    }

    private static bool IsLimit(JsonProperty member) => member.Name switch
    {
        "minItems" => !(member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out var least) && least is 0 or 1),
        "pattern" => member.Value.ValueKind != JsonValueKind.String || LooksAround().IsMatch(member.Value.GetString()!),
        "format" => member.Value.ValueKind != JsonValueKind.String || !Formats.Contains(member.Value.GetString()!),
        _ => Limits.Contains(member.Name),
    };

    private static bool CanSay(JsonElement schema, JsonElement root, List<string> within)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return true;

        var open = schema.TryGetProperty("additionalProperties", out var others) ? others.ValueKind != JsonValueKind.False : !HasProperties(schema);
        if ((IsObject(schema) && open) || (schema.TryGetProperty("oneOf", out _) && schema.TryGetProperty("anyOf", out _)))
            return false;

        foreach (var member in schema.EnumerateObject())
        {
            var can = member.Name switch
            {
                "$ref" => CanFollow(member.Value, root, within),
                "properties" or "$defs" or "definitions" when member.Value.ValueKind == JsonValueKind.Object =>
                    member.Value.EnumerateObject().All(one => CanSay(one.Value, root, within)),
                "anyOf" or "oneOf" or "allOf" when member.Value.ValueKind == JsonValueKind.Array =>
                    member.Value.EnumerateArray().All(one => CanSay(one, root, within)),
                "items" => member.Value.ValueKind != JsonValueKind.Array && CanSay(member.Value, root, within),
                var name => !Unsayable.Contains(name),
            };
            if (!can)
                return false;
        }

        return true;
    }

    // Within the schema, and not back to where it came from.
    private static bool CanFollow(JsonElement reference, JsonElement root, List<string> within)
    {
        if (reference.ValueKind != JsonValueKind.String || reference.GetString() is not { } path || !path.StartsWith("#/", StringComparison.Ordinal))
            return false;
        if (within.Contains(path))
            return false;

        var target = root;
        foreach (var step in path[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (target.ValueKind == JsonValueKind.Object && target.TryGetProperty(name, out var member))
                target = member;
            else if (target.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < target.GetArrayLength())
                target = target[index];
            else
                return false;
        }

        return CanSay(target, root, [.. within, path]);
    }

    private static bool IsObject(JsonElement schema) => schema.TryGetProperty("type", out var type) ? type.ValueKind switch
    {
        JsonValueKind.String => type.ValueEquals("object"),
        JsonValueKind.Array => type.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals("object")),
        _ => false,
    }
    : HasProperties(schema);

    private static bool HasProperties(JsonElement schema) =>
        schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object && properties.EnumerateObject().Any();

    // Lookaround, back references, word boundaries: no regular language.
    [GeneratedRegex(@"\(\?[=!<]|\\[1-9bB]|\\k<")]
    private static partial Regex LooksAround();
}
