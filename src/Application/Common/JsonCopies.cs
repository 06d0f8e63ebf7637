using System.Buffers;
using System.Text;
using System.Text.Json;

namespace CleanGateway.Application.Common;

/// <summary>Writes JSON out of pieces of other JSON, as they are.</summary>
internal static class JsonCopies
{
    /// <summary>An object with the values of some members, or with these members besides.</summary>
    /// <param name="json">A valid JSON object.</param>
    /// <param name="values">Writes each of the members' values; names have no character that needs escaping.</param>
    public static void WriteObject(
        this ArrayBufferWriter<byte> output, ReadOnlySpan<byte> json, IReadOnlyDictionary<string, Action<ArrayBufferWriter<byte>>> values)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 1000 });
        reader.Read();
        var separator = "{"u8;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (start, name) = ((int)reader.TokenStartIndex, reader.TextOrNull());
            reader.Read();
            reader.Skip();
            if (name is not null && values.ContainsKey(name))
                continue;

            output.Write(separator);
            separator = ","u8;
            output.Write(json[start..(int)reader.BytesConsumed]);
        }

        foreach (var (name, write) in values)
        {
            output.Write(separator);
            separator = ","u8;
            output.Write(Encoding.UTF8.GetBytes($"\"{name}\":"));
            write(output);
        }

        output.Write(separator[0] == (byte)'{' ? "{}"u8 : "}"u8);
    }

    public static void WriteArray<T>(this ArrayBufferWriter<byte> output, IEnumerable<T> items, Action<ArrayBufferWriter<byte>, T> write)
    {
        output.Write("["u8);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
                output.Write(","u8);
            first = false;
            write(output, item);
        }

        output.Write("]"u8);
    }
}
