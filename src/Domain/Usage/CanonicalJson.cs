using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CleanGateway.Domain.Usage;

/// <summary>One text for equal JSON: members in order of their names, no blanks, numbers written the shortest way.</summary>
public static class CanonicalJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonElement value)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
            Write(json, value);

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    internal static string Write(SortedDictionary<string, JsonElement> members)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
            Write(json, members);

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        json.WriteStartObject();
        foreach (var (name, value) in members)
        {
            json.WritePropertyName(name);
            Write(json, value);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Write(json, value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal)
                    .Select(member => KeyValuePair.Create(member.Name, member.Value)));
                break;

            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Write(json, item);
                json.WriteEndArray();
                break;

            case JsonValueKind.Number when ExactDecimal.TryParse(value.GetRawText(), out var number):
                json.WriteRawValue(ExactDecimal.Write(number));
                break;

            default:
                value.WriteTo(json);
                break;
        }
    }
}
