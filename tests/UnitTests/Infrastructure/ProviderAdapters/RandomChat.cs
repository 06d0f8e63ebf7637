using System.Text;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

/// <summary>
/// Chat requests nobody would write and everybody may: members in any order, known and unknown, white space, escapes
/// and spellings of numbers at random.
/// </summary>
internal sealed class RandomChat(Random random)
{
    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "1.0", "1e3", "1E+3", "0.10", "-12.5e-7", "12345678901234567890123", "9007199254740993", "1e400",
        "0.1000000000000000055511151231257827",
    ];

    private static readonly string[] Strings =
    [
        "\"\"", "\"plain\"", "\"gr\\u00fc\\u00df\"", "\"grüß €😀\"", "\"\\ud83d\\ude00\"", "\"a\\\\b\\\"c\\/d\"",
        "\"\\b\\f\\n\\r\\t\\u0000\"", "\"{\\\"model\\\":\\\"x\\\"}\"",
        "\"stream_options\"", "\" \"", "\"\\u007f\\u2028\"",
    ];

    private static readonly string[] StreamOptions =
    [
        "null", "{}", "{ \n}", "{\"include_usage\":false}", "{\"include_usage\" : null}", "{\"include_usage\":true}",
        "{\"include_obfuscation\":false}",
        "{ \"x\":{\"include_usage\":false} , \"include_usage\" :\tfalse , \"y\":[1] }", "{\"include\\u005fusage\":false}",
        "{\r\n\"deep\":{\"a\":[{}]}}",
    ];

    private int members;

    public string Json()
    {
        var stream = random.Next(4) switch
        {
            0 => null,
            1 => "false",
            2 => "null",
            _ => "true",
        };
        var known = new List<(string Name, string Value)> { (Spell("model"), Strings[random.Next(1, 4)]), (Spell("messages"), Messages()) };
        if (stream is not null)
            known.Add((Spell("stream"), stream));
        if (random.Next(3) > 0)
            known.Add((Spell("stream_options"), StreamOptions[random.Next(StreamOptions.Length)]));
        for (var i = random.Next(5); i > 0; i--)
            known.Add((Unknown(), Value(0)));

        var shuffled = known.ToArray();
        random.Shuffle(shuffled);
        return Space() + Object(shuffled) + Space();
    }

    private string Messages() =>
        $"[{Space()}{Object([("\"role\"", "\"user\""), ("\"content\"", Strings[random.Next(Strings.Length)]), (Unknown(), Value(0))])}{Space()}]";

    private string Value(int depth) => random.Next(depth < 4 ? 7 : 5) switch
    {
        0 => Numbers[random.Next(Numbers.Length)],
        1 => Strings[random.Next(Strings.Length)],
        2 => "true",
        3 => "false",
        4 => "null",
        5 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Space() + Value(depth + 1) + Space()))}{Space()}]",
        _ => Object([.. Enumerable.Range(0, random.Next(4)).Select(_ => (Unknown(), Value(depth + 1)))]),
    };

    private string Object((string Name, string Value)[] all)
    {
        var text = new StringBuilder("{").Append(Space());
        for (var i = 0; i < all.Length; i++)
            text.Append(i == 0 ? "" : ",").Append(Space()).Append(all[i].Name).Append(Space()).Append(':').Append(Space()).Append(all[i].Value).Append(Space());

        return text.Append('}').ToString();
    }

    // Members the gateway does not know, some of them named like what it does.
    private string Unknown() => $"\"{(random.Next(3) switch { 0 => "x", 1 => "Model", _ => "stream_option" })}{members++}\"";

    private string Spell(string name) => random.Next(4) == 0 ? $"\"\\u{(int)name[0]:x4}{name[1..]}\"" : $"\"{name}\"";

    private string Space() => random.Next(6) switch
    {
        0 => " ",
        1 => "\n  ",
        2 => "\t\r\n",
        _ => "",
    };
}
