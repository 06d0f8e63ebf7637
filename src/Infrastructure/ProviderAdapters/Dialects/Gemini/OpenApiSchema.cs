using System.Text.Json;
using System.Text.Json.Nodes;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>
/// A JSON schema in the words of Google's <c>Schema</c>, for models that know no other: a subset of OpenAPI 3.0. What it has
/// no word for is left out: it may allow more than the schema did.
/// </summary>
internal sealed class OpenApiSchema
{
    // More than any honest schema has: what refers to others twice, which refer to others twice, grows without end.
    private const int MostLevels = 32;
    private const int MostNodes = 5000;

    private static readonly string[] Copied =
        ["description", "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "minProperties", "maxProperties"];

    private readonly JsonElement root;
    private int nodes;

    private OpenApiSchema(JsonElement root) => this.root = root;

    /// <returns>Null for an object that has nothing in it: parameters of that sort have to be left out.</returns>
    public static JsonObject? Convert(JsonElement schema)
    {
        var converted = new OpenApiSchema(schema).Of(schema, [], 0);
        return converted["type"]?.GetValue<string>() == "OBJECT" && converted["properties"] is null && converted["anyOf"] is null ? null : converted;
    }

    private JsonObject Of(JsonElement schema, string[] refs, int level)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return new JsonObject { ["type"] = "STRING" };
        if (level > MostLevels || ++nodes > MostNodes)
            return new JsonObject { ["type"] = "OBJECT" };
        if (schema.TextOf("$ref") is { } reference)
            return Referred(schema, reference, refs, level);

        var (types, nullable) = TypesOf(schema);
        var choices = schema.Items("anyOf").Concat(schema.Items("oneOf")).ToList();
        nullable |= choices.RemoveAll(IsNull) > 0 || schema.IsTrue("nullable");

        var converted = choices.Count switch
        {
            0 when types.Count > 1 => AnyOf(types.Select(type => Typed(schema, type, refs, level))),
            0 => Typed(schema, types.Count == 1 ? types[0] : Guess(schema), refs, level),
            1 => Of(choices[0], refs, level + 1),
            _ => AnyOf(choices.Select(choice => Of(choice, refs, level + 1))),
        };
        foreach (var part in schema.Items("allOf"))
            Add(converted, Of(part, refs, level + 1), typed: types.Count > 0 || choices.Count > 0 || schema.Has("properties"));

        if (schema.TextOf("description") is { } description && (choices.Count > 0 || types.Count > 1))
            converted["description"] = description;
        if (nullable)
            converted["nullable"] = true;
        return converted;
    }

    private JsonObject Referred(JsonElement schema, string reference, string[] refs, int level)
    {
        var found = refs.Contains(reference) ? null : Resolve(reference);
        var converted = found is { } target ? Of(target, [.. refs, reference], level + 1) : new JsonObject { ["type"] = "OBJECT" };
        if (schema.TextOf("description") is { } description)
            converted["description"] = description;
        return converted;
    }

    // RFC 6901, within the same schema.
    private JsonElement? Resolve(string reference)
    {
        if (!reference.StartsWith('#'))
            return null;

        var at = root;
        foreach (var step in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                return null;
        }

        return at;
    }

    private JsonObject Typed(JsonElement schema, string type, string[] refs, int level)
    {
        var converted = new JsonObject { ["type"] = type };
        foreach (var name in Copied.Where(name => schema.Has(name)))
            converted[name] = JsonNode.Parse(schema.GetProperty(name).GetRawText());
        if (schema.TextOf("format") is { } format && IsKnown(format, type))
            converted["format"] = format;
        AddValues(converted, schema, type);

        if (type == "ARRAY")
        {
            var items = schema.Has("items") ? schema.GetProperty("items") : schema.Items("prefixItems").FirstOrDefault();
            converted["items"] = Of(items, refs, level + 1);
        }

        if (type == "OBJECT" && schema.Has("properties") && schema.GetProperty("properties").EnumerateObject().Any())
            AddProperties(converted, schema, refs, level);
        return converted;
    }

    private void AddProperties(JsonObject converted, JsonElement schema, string[] refs, int level)
    {
        var properties = new JsonObject();
        foreach (var property in schema.GetProperty("properties").EnumerateObject())
            properties[property.Name] = Of(property.Value, refs, level + 1);
        converted["properties"] = properties;
        if (!schema.Has("required") || schema.GetProperty("required").ValueKind != JsonValueKind.Array)
            return;

        var required = schema.GetProperty("required").EnumerateArray()
            .Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!).Where(properties.ContainsKey);
        if (new JsonArray([.. required.Select(name => JsonValue.Create(name))]) is { Count: > 0 } names)
            converted["required"] = names;
    }

    // Only texts can be listed: of other values the description tells.
    private static void AddValues(JsonObject converted, JsonElement schema, string type)
    {
        List<JsonElement> values = schema.Has("const") ? [schema.GetProperty("const")]
            : schema.Has("enum") && schema.GetProperty("enum").ValueKind == JsonValueKind.Array
                ? [.. schema.GetProperty("enum").EnumerateArray().Where(value => value.ValueKind != JsonValueKind.Null)]
                : [];
        if (values.Count == 0)
            return;

        if (type == "STRING" && values.TrueForAll(value => value.ValueKind == JsonValueKind.String))
        {
            converted["enum"] = new JsonArray([.. values.Select(value => JsonValue.Create(value.GetString()))]);
            return;
        }

        var words = string.Join(", ", values.Select(value => value.GetRawText()));
        converted["description"] = schema.TextOf("description") is { Length: > 0 } description ? $"{description} One of: {words}." : $"One of: {words}.";
    }

    private static JsonObject AnyOf(IEnumerable<JsonObject> choices) => new() { ["anyOf"] = new JsonArray([.. choices]) };

    private static void Add(JsonObject converted, JsonObject part, bool typed)
    {
        foreach (var (name, value) in part.ToList())
        {
            part.Remove(name);
            if (name == "properties" && converted[name] is JsonObject properties && value is JsonObject more)
            {
                foreach (var (property, schema) in more.ToList())
                {
                    more.Remove(property);
                    properties.TryAdd(property, schema);
                }
            }
            else if (name == "required" && converted[name] is JsonArray required)
            {
                var known = required.Select(item => item!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
                foreach (var item in value!.AsArray().Select(item => item!.GetValue<string>()).Where(known.Add))
                    required.Add(item);
            }
            else if (!converted.ContainsKey(name) || (name == "type" && !typed))
            {
                converted[name] = value;
            }
        }
    }

    private static (List<string> Types, bool Nullable) TypesOf(JsonElement schema)
    {
        if (!schema.Has("type"))
            return ([], schema.Has("enum") && schema.GetProperty("enum").ValueKind == JsonValueKind.Array
                && schema.GetProperty("enum").EnumerateArray().Any(value => value.ValueKind == JsonValueKind.Null));

        var type = schema.GetProperty("type");
        List<string> names = type.ValueKind == JsonValueKind.Array
            ? [.. type.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!.ToUpperInvariant())]
            : type.ValueKind == JsonValueKind.String ? [type.GetString()!.ToUpperInvariant()] : [];
        return names.Remove("NULL") ? (names, true) : (names, false);
    }

    private static bool IsNull(JsonElement schema) => schema.TextOf("type") == "null";

    private static string Guess(JsonElement schema) =>
        schema.Has("properties") || schema.Has("additionalProperties") ? "OBJECT"
        : schema.Has("items") || schema.Has("prefixItems") ? "ARRAY"
        : (schema.Has("const") ? schema.GetProperty("const") : FirstValue(schema)) switch
        {
            { ValueKind: JsonValueKind.Number } => "NUMBER",
            { ValueKind: JsonValueKind.True or JsonValueKind.False } => "BOOLEAN",
            _ => "STRING",
        };

    private static JsonElement FirstValue(JsonElement schema) => schema.Has("enum") && schema.GetProperty("enum").ValueKind == JsonValueKind.Array
        ? schema.GetProperty("enum").EnumerateArray().FirstOrDefault(value => value.ValueKind != JsonValueKind.Null)
        : default;

    private static bool IsKnown(string format, string type) => type switch
    {
        "STRING" => format is "enum" or "date-time",
        "INTEGER" => format is "int32" or "int64",
        "NUMBER" => format is "float" or "double",
        _ => false,
    };
}
