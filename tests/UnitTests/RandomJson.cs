using System.Text;

namespace CleanGateway.UnitTests;

/// <summary>JSON texts of every shape and spelling; the same ones for the same seed.</summary>
internal sealed class RandomJson(int seed)
{
    private static readonly string[] Spaces = ["", "", "", " ", "\n", "\t", "\r\n", "  \n\t "];
    private static readonly string[] Numbers = ["0", "-0", "12", "1.50", "1e400", "-7E-2", "123456789012345678901234567890", "0.1000"];
    private static readonly string[] Texts =
    [
        "", "hello", "Grüße", "世界", "👋", "/", "usage", "{", "}],", ":",
        "\\n", "\\\"", "\\\\", "\\u0000", "\\ud83d\\udc4b", "\\ud800", "\\/", "\\b\\f",
    ];

    public Random Random { get; } = new(seed);

    public string Space() => OneOf(Spaces);

    public T OneOf<T>(IReadOnlyList<T> choices) => choices[Random.Next(choices.Count)];

    public string Text() => string.Concat(Enumerable.Range(0, Random.Next(4)).Select(_ => OneOf(Texts)));

    public string Value(int depth = 3) => Random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => "null",
        1 => OneOf(["true", "false"]),
        2 => OneOf(Numbers),
        3 or 4 => $"\"{Text()}\"",
        5 => $"[{Space()}{string.Join(Separator(), Enumerable.Range(0, Random.Next(4)).Select(_ => Value(depth - 1)))}{Space()}]",
        _ => Object([.. Enumerable.Range(0, Random.Next(4)).Select(i => ($"{OneOf(["a", "model", "usage", "x-", "ü"])}{i}", Value(depth - 1)))]),
    };

    /// <summary>An object of these members in this order, with white space wherever it may stand.</summary>
    public string Object(IReadOnlyList<(string Name, string Value)> members)
    {
        var json = new StringBuilder("{").Append(Space());
        for (var i = 0; i < members.Count; i++)
        {
            json.Append(i == 0 ? "" : Separator()).Append('"').Append(members[i].Name).Append('"');
            json.Append(Space()).Append(':').Append(Space()).Append(members[i].Value);
        }

        return json.Append(Space()).Append('}').ToString();
    }

    /// <summary>The same text as a JSON string, its characters written as they are or escaped.</summary>
    public string Spelled(string plain) =>
        string.Concat(plain.Select(character => Random.Next(4) switch
        {
            0 => $"\\u{(int)character:x4}",
            1 => $"\\u{(int)character:X4}",
            _ => character.ToString(),
        }));

    public T[] Shuffled<T>(IEnumerable<T> items)
    {
        var shuffled = items.ToArray();
        Random.Shuffle(shuffled);
        return shuffled;
    }

    private string Separator() => $"{Space()},{Space()}";
}
