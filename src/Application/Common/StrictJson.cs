using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Common;

/// <summary>
/// Says whether bytes are JSON that every reader understands the same way: valid UTF-8, no member twice in one object,
/// no more than <see cref="MaxDepth"/> levels. A member that is there twice could be checked as one thing here and
/// executed as another upstream.
/// </summary>
public static partial class StrictJson
{
    public const int MaxDepth = 64;

    // Beyond this many members an object's names go into a hash set, so that a huge object costs no quadratic search.
    private const int LinearSearchLimit = 32;

    /// <param name="what">What the bytes are, as the error's message begins.</param>
    /// <returns>Null when all is well, else an error that says where it is not.</returns>
    public static GatewayError? Check(ReadOnlySpan<byte> utf8, string what = "The request body")
    {
        if (!Utf8.IsValid(utf8))
            return Invalid($"{what} is not valid UTF-8.");

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        var names = new OpenNames();
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                    names.Open();
                else if (reader.TokenType == JsonTokenType.EndObject)
                    names.Close();
                else if (reader.TokenType == JsonTokenType.PropertyName && !names.TryAdd(ref reader, utf8))
                    return Duplicate(ref reader);
            }
        }
        catch (JsonException malformed)
        {
            return Invalid($"{what} is not valid JSON: {WhatIsWrong(malformed)}");
        }

        return null;
    }

    private static GatewayError Duplicate(ref Utf8JsonReader reader)
    {
        var name = TextOf(ref reader);
        return GatewayError.Invalid($"The member '{name}' is there twice in one object (byte {reader.TokenStartIndex}).", name, "duplicate_member");
    }

    private static GatewayError Invalid(string message) => GatewayError.Invalid(message, code: "invalid_json");

    // The reader's own words, without its "LineNumber: 0 | BytePositionInLine: 5." at the end.
    private static string WhatIsWrong(JsonException malformed)
    {
        var end = malformed.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var what = end < 0 ? malformed.Message : malformed.Message[..end];
        return $"{what} (line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1})";
    }

    // Half a surrogate pair is valid JSON and no valid text; as a member's name it still means something.
    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Escape().Replace(Encoding.UTF8.GetString(reader.ValueSpan), Unescaped);
        }
    }

    private static string Unescaped(Match escape) => escape.Value[1] switch
    {
        'u' => ((char)ushort.Parse(escape.ValueSpan[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString(),
        'b' => "\b",
        'f' => "\f",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        var itself => itself.ToString(),
    };

    [GeneratedRegex(@"\\(u[0-9a-fA-F]{4}|.)")]
    private static partial Regex Escape();

    /// <summary>The member names of all objects that are open at one point of the walk.</summary>
    private struct OpenNames()
    {
        private readonly List<(int Start, int Length)> names = new(16);
        private readonly Stack<(int FirstName, HashSet<string>? Many)> objects = new(8);

        public readonly void Open() => objects.Push((names.Count, null));

        public readonly void Close()
        {
            var (firstName, _) = objects.Pop();
            names.RemoveRange(firstName, names.Count - firstName);
        }

        public readonly bool TryAdd(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
        {
            var (firstName, many) = objects.Peek();
            if (many is null && !reader.ValueIsEscaped && names.Count - firstName < LinearSearchLimit)
            {
                foreach (var (start, length) in CollectionsMarshal.AsSpan(names)[firstName..])
                {
                    if (reader.ValueSpan.SequenceEqual(utf8.Slice(start, length)))
                        return false;
                }

                names.Add(((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length));
                return true;
            }

            if (many is null)
            {
                many = new HashSet<string>(StringComparer.Ordinal);
                foreach (var (start, length) in CollectionsMarshal.AsSpan(names)[firstName..])
                    many.Add(Encoding.UTF8.GetString(utf8.Slice(start, length)));

                objects.Pop();
                objects.Push((firstName, many));
            }

            return many.Add(TextOf(ref reader));
        }
    }
}
