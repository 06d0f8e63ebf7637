using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>
/// A schema in the part of JSON Schema that constrained answers know: objects are closed, nothing refers to itself, and
/// bounds of numbers, texts and lists are not kept. Those are left out: an answer in a wider form is the caller's to check.
/// </summary>
internal static class NativeSchema
{
    private const int MostDefinitions = 256;

    private static readonly string[] Places = ["$defs", "definitions"];

    private static readonly HashSet<string> NotKept = new(StringComparer.Ordinal)
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems",
        "minProperties", "maxProperties", "additionalProperties",
    };

    /// <returns>The schema as text; null when it cannot be said this way.</returns>
    public static string? TryWrite(JsonElement schema)
    {
        if (!IsObject(schema) || RefersToItself(schema))
            return null;

        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            if (!TryWrite(json, schema))
                return null;
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool TryWrite(Utf8JsonWriter json, JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            schema.WriteTo(json);
            return true;
        }

        // An object of any members at all, or of many alike: closed, it could only be empty.
        if (IsObject(schema) && schema.Given("additionalProperties") is var more && more?.ValueKind != JsonValueKind.False
            && (more?.ValueKind == JsonValueKind.Object || schema.Given("properties") is null))
        {
            return false;
        }

        json.WriteStartObject();
        foreach (var member in schema.EnumerateObject())
        {
            if (!NotKept.Contains(member.Name) && !IsBeyond(member) && !TryWriteMember(json, member))
                return false;
        }

        if (IsObject(schema))
            json.WriteBoolean("additionalProperties", false);
        json.WriteEndObject();
        return true;
    }

    private static bool TryWriteMember(Utf8JsonWriter json, JsonProperty member)
    {
        json.WritePropertyName(member.Name);
        switch (member.Name)
        {
            case "properties" or "$defs" or "definitions" when member.Value.ValueKind == JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var (name, schema) in member.Value.EnumerateObject().Select(item => (item.Name, item.Value)))
                {
                    json.WritePropertyName(name);
                    if (!TryWrite(json, schema))
                        return false;
                }

                json.WriteEndObject();
                return true;

            case "anyOf" or "oneOf" or "allOf" or "prefixItems" when member.Value.ValueKind == JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var schema in member.Value.EnumerateArray())
                {
                    if (!TryWrite(json, schema))
                        return false;
                }

                json.WriteEndArray();
                return true;

            case "items":
                return TryWrite(json, member.Value);

            default:
                member.Value.WriteTo(json);
                return true;
        }
    }

    private static bool IsBeyond(JsonProperty member) => member.Name switch
    {
        "minItems" => !member.Value.IsNumber(0) && !member.Value.IsNumber(1),
        "pattern" => member.Value.ValueKind == JsonValueKind.String && member.Value.GetString()!.Contains("(?", StringComparison.Ordinal),
        _ => false,
    };

    private static bool IsObject(JsonElement schema) => schema.Given("type") switch
    {
        { ValueKind: JsonValueKind.String } type => type.ValueEquals("object"),
        { ValueKind: JsonValueKind.Array } types => types.EnumerateArray().Any(type => type.IsText("object")),
        _ => schema.Given("properties") is not null,
    };

    private static bool RefersToItself(JsonElement root)
    {
        var definitions = Places
            .SelectMany(place => root.Given(place) is { ValueKind: JsonValueKind.Object } named
                ? named.EnumerateObject().Select(item => (Path: $"#/{place}/{item.Name}", item.Value))
                : [])
            .ToDictionary(item => item.Path, item => References(item.Value).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        if (definitions.Count > MostDefinitions || References(root).Any(reference => !definitions.ContainsKey(reference)))
            return true;

        // Whoever refers to nothing that is left is no part of a circle.
        while (definitions.FirstOrDefault(item => !item.Value.Overlaps(definitions.Keys)).Key is { } harmless)
            definitions.Remove(harmless);
        return definitions.Count > 0;
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.Name == "$ref" && member.Value.ValueKind == JsonValueKind.String ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
