using System.Text.Json;
using System.Text.RegularExpressions;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

/// <summary>Walks a body along AWS's own description of it: names of members, unions with one member, enumerations, patterns and sizes.</summary>
internal sealed class AwsShapes(string file)
{
    private readonly JsonElement shapes = JsonElement.Parse(File.ReadAllText(file)).GetProperty("shapes");

    /// <returns>What is wrong, each with where it stands.</returns>
    public List<string> Offences(string json, string shape)
    {
        var found = new List<string>();
        Walk(JsonElement.Parse(json), shape, "#", found);
        return found;
    }

    private void Walk(JsonElement value, string name, string where, List<string> found)
    {
        var shape = shapes.GetProperty(name);
        if (shape.TryGetProperty("document", out var isDocument) && isDocument.GetBoolean())
            return;

        switch (shape.GetProperty("type").GetString())
        {
            case "structure" when value.ValueKind == JsonValueKind.Object:
                WalkMembers(value, shape, where, found);
                break;
            case "list" when value.ValueKind == JsonValueKind.Array:
                CheckSize(value.GetArrayLength(), shape, where, found);
                foreach (var (index, item) in value.EnumerateArray().Index())
                    Walk(item, shape.GetProperty("member").GetProperty("shape").GetString()!, $"{where}/{index}", found);
                break;
            case "map" when value.ValueKind == JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                    Walk(member.Value, shape.GetProperty("value").GetProperty("shape").GetString()!, $"{where}/{member.Name}", found);
                break;
            case "string" when value.ValueKind == JsonValueKind.String:
                CheckText(value.GetString()!, shape, where, found);
                break;
            case "blob" when value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out _):
            case "boolean" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                break;
            case "integer" or "long" or "float" or "double" when value.ValueKind == JsonValueKind.Number:
                CheckSize(value.GetDouble(), shape, where, found);
                break;
            case var type:
                found.Add($"{where}: {value.ValueKind} in the place of {type}");
                break;
        }
    }

    private void WalkMembers(JsonElement value, JsonElement shape, string where, List<string> found)
    {
        var members = shape.GetProperty("members");
        foreach (var member in value.EnumerateObject())
        {
            if (members.TryGetProperty(member.Name, out var known) && !known.TryGetProperty("location", out _))
                Walk(member.Value, known.GetProperty("shape").GetString()!, $"{where}/{member.Name}", found);
            else
                found.Add($"{where}: no such member: {member.Name}");
        }

        if (shape.TryGetProperty("union", out var isUnion) && isUnion.GetBoolean() && value.EnumerateObject().Count() != 1)
            found.Add($"{where}: a union of {value.EnumerateObject().Count()} members");
        if (shape.TryGetProperty("required", out var required))
        {
            found.AddRange(required.EnumerateArray().Select(item => item.GetString()!)
                .Where(item => !value.TryGetProperty(item, out _) && !members.GetProperty(item).TryGetProperty("location", out _))
                .Select(item => $"{where}: lacks {item}"));
        }
    }

    private static void CheckText(string text, JsonElement shape, string where, List<string> found)
    {
        CheckSize(text.Length, shape, where, found);
        if (shape.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(word => word.ValueEquals(text)))
            found.Add($"{where}: {text} is no word for it");
        if (shape.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, $"^(?:{pattern.GetString()})$"))
            found.Add($"{where}: {text} is not of the pattern");
    }

    private static void CheckSize(double size, JsonElement shape, string where, List<string> found)
    {
        if ((shape.TryGetProperty("min", out var min) && size < min.GetDouble()) || (shape.TryGetProperty("max", out var max) && size > max.GetDouble()))
            found.Add($"{where}: {size} is too small or too large");
    }
}
