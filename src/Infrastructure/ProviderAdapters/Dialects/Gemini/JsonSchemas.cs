using System.Text.Json;
using System.Text.Json.Nodes;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>JSON schemas as Gemini reads them from its second generation on: as they are, but for <c>const</c>.</summary>
internal static class JsonSchemas
{
    private static readonly string[] Single = ["items", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames"];
    private static readonly string[] Lists = ["anyOf", "oneOf", "allOf", "prefixItems"];
    private static readonly string[] Named = ["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"];

    /// <summary>Writes it with the one value that a <c>const</c> allows as an <c>enum</c> of one.</summary>
    public static void Write(Utf8JsonWriter json, JsonElement schema)
    {
        var node = JsonObject.Create(schema);
        WithoutConst(node);
        node!.WriteTo(json);
    }

    private static void WithoutConst(JsonNode? node)
    {
        if (node is not JsonObject schema)
            return;

        if (schema.ContainsKey("const") && !schema.ContainsKey("enum"))
        {
            schema.Remove("const", out var only);
            schema["enum"] = new JsonArray(only);
        }

        foreach (var name in Single)
            WithoutConst(schema[name]);
        foreach (var list in Lists.Select(name => schema[name]).OfType<JsonArray>())
        {
            foreach (var item in list)
                WithoutConst(item);
        }

        foreach (var names in Named.Select(name => schema[name]).OfType<JsonObject>())
        {
            foreach (var (_, value) in names)
                WithoutConst(value);
        }
    }
}
