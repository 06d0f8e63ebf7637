using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.UnitTests;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>What AWS itself says that bodies look like: names of members, unions, enumerations, sizes and patterns.</summary>
internal sealed class AwsServiceModel(JsonElement shapes)
{
    private const string File = "bedrock-runtime-2023-09-30-service-2.json";
    private static readonly Lazy<AwsServiceModel?> Found = new(Load);

    /// <summary>Bedrock's; null where the file is not here.</summary>
    public static AwsServiceModel? Bedrock => Found.Value;

    /// <summary>Refuses what the shape does not have.</summary>
    public void Check(JsonElement value, string shapeName, string where = "#")
    {
        var shape = shapes.GetProperty(shapeName);
        if (shape.IsTrue("document"))
            return;

        switch (shape.Text("type"))
        {
            case "structure":
                CheckStructure(value, shape, where);
                break;
            case "list":
                WireRefusal.If(value.ValueKind != JsonValueKind.Array, Malformed(where, "expected type: JSONArray"));
                CheckSize(value.GetArrayLength(), shape, where);
                foreach (var (item, index) in value.Items().Select((item, index) => (item, index)))
                    Check(item, shape.Get("member").Text("shape")!, $"{where}/{index}");
                break;
            case "map":
                WireRefusal.If(value.ValueKind != JsonValueKind.Object, Malformed(where, "expected type: JSONObject"));
                foreach (var member in value.Members())
                    Check(member.Value, shape.Get("value").Text("shape")!, $"{where}/{member.Name}");
                break;
            case "string":
                CheckText(value, shape, where);
                break;
            case "blob":
                WireRefusal.If(!System.Buffers.Text.Base64.IsValid(value.AsText()), Malformed(where, "is not base64"));
                break;
            case "boolean":
                WireRefusal.If(value.ValueKind is not (JsonValueKind.True or JsonValueKind.False), Malformed(where, "expected type: Boolean"));
                break;
            case "integer" or "long":
                WireRefusal.If(value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out _), Malformed(where, "expected type: Integer"));
                CheckSize(value.GetDouble(), shape, where);
                break;
            case "float" or "double":
                WireRefusal.If(value.ValueKind != JsonValueKind.Number, Malformed(where, "expected type: Number"));
                CheckSize(value.GetDouble(), shape, where);
                break;
        }
    }

    private void CheckStructure(JsonElement value, JsonElement shape, string where)
    {
        WireRefusal.If(value.ValueKind != JsonValueKind.Object, Malformed(where, "expected type: JSONObject"));
        var known = shape.Get("members");
        foreach (var member in value.EnumerateObject())
        {
            var of = known.Get(member.Name);
            WireRefusal.If(
                of.ValueKind == JsonValueKind.Undefined || of.Has("location"), Malformed(where, $"extraneous key [{member.Name}] is not permitted"));
            Check(member.Value, of.Text("shape")!, $"{where}/{member.Name}");
        }

        foreach (var required in shape.Items("required").Select(name => name.GetString()!).Where(name => !known.Get(name).Has("location")))
            WireRefusal.If(!value.Has(required), Malformed(where, $"required key [{required}] not found"));

        WireRefusal.If(
            shape.IsTrue("union") && value.EnumerateObject().Count() != 1, Malformed(where, "a union has exactly one of "
            + $"{string.Join(", ", known.Members().Select(member => member.Name))}"));
    }

    private static void CheckText(JsonElement value, JsonElement shape, string where)
    {
        WireRefusal.If(value.AsText() is null, Malformed(where, "expected type: String"));
        var text = value.AsText()!;
        var allowed = shape.Items("enum").Select(one => one.GetString()).ToList();
        WireRefusal.If(allowed.Count > 0 && !allowed.Contains(text), Malformed(where, $"{text} is not a valid enum value"));
        CheckSize(text.Length, shape, where);
        if (shape.Text("pattern") is { } pattern)
            WireRefusal.If(!Regex.IsMatch(text, $"^(?:{pattern})$"), Malformed(where, $"string [{text}] does not match pattern {pattern}"));
    }

    private static void CheckSize(double size, JsonElement shape, string where)
    {
        WireRefusal.If(size < shape.Number("min"), Malformed(where, $"expected minimum: {shape.Number("min")}, actual: {size}"));
        WireRefusal.If(size > shape.Number("max"), Malformed(where, $"expected maximum: {shape.Number("max")}, actual: {size}"));
    }

    private static string Malformed(string where, string what) => $"Malformed input request: {where}: {what}, please reformat your input and try "
    + "again.";

    private static AwsServiceModel? Load() =>
        SharedData.TryFind(File) is { } file ? new AwsServiceModel(JsonReading.Parsed(System.IO.File.ReadAllText(file)).GetProperty("shapes")) : null;
}
