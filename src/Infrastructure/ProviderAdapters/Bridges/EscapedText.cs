using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>
/// Texts as they stand in JSON, still escaped: they are moved and joined without being decoded, so that nothing is lost
/// that has no other form, such as half of a surrogate pair at the end of a piece.
/// </summary>
internal static class EscapedText
{
    /// <summary>What is between the quotes.</summary>
    /// <param name="text">A JSON string.</param>
    public static ReadOnlySpan<byte> Of(JsonElement text) => JsonMarshal.GetRawUtf8Value(text)[1..^1];

    public static ReadOnlySpan<byte> Of(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;

    /// <summary>As a JSON string.</summary>
    public static byte[] Quoted(ReadOnlySpan<byte> escaped) => [(byte)'"', .. escaped, (byte)'"'];

    public static void WriteEscaped(this Utf8JsonWriter json, ReadOnlySpan<byte> escaped) => json.WriteRawValue(Quoted(escaped), skipInputValidation: true);

    public static void WriteAsItIs(this Utf8JsonWriter json, JsonElement value) =>
        json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    /// <summary>A JSON text that a writer makes.</summary>
    public static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
            write(json);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Null where there is no such member, or it is null.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A member that is a string; null where there is none.</summary>
    public static JsonElement? Text(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } text ? text : null;

    /// <summary>What a member says that is a word of the API; null where there is none, or it is no text.</summary>
    public static string? Word(this JsonElement element, string name)
    {
        try
        {
            return element.Text(name)?.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static bool IsTrue(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    public static IEnumerable<JsonElement> Items(this JsonElement? array) =>
        array is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];
}
