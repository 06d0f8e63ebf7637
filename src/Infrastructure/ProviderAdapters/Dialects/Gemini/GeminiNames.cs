using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>
/// The names of one request's tools. Gemini takes fewer than OpenAI does (none that begins with a digit or a dash): those are
/// told in another spelling, and the answer in the caller's.
/// </summary>
internal sealed partial class GeminiNames
{
    private const int Longest = 64;
    private const int RoomForNumber = 8;

    private readonly Dictionary<string, string> toGoogle = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> toCaller = new(StringComparer.Ordinal);

    // The number that the next name of a spelling gets: many may have one spelling.
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);

    /// <param name="names">All that the request has; more than once is the same one.</param>
    public GeminiNames(IEnumerable<string> names)
    {
        var all = names.Distinct(StringComparer.Ordinal).ToList();
        foreach (var name in all.Where(name => IsTaken().IsMatch(name)))
            toGoogle[name] = toCaller[name] = name;
        foreach (var name in all.Where(name => !toGoogle.ContainsKey(name)))
        {
            var other = Spell(name);
            (toGoogle[name], toCaller[other]) = (other, name);
        }
    }

    public string ToGoogle(string name) => toGoogle[name];

    /// <summary>A name that was not told is one that the model has thought of.</summary>
    public string ToCaller(string name) => toCaller.GetValueOrDefault(name, name);

    private string Spell(string name)
    {
        var spelled = NotTaken().Replace(name, "_");
        if (spelled.Length == 0 || !(char.IsAsciiLetter(spelled[0]) || spelled[0] == '_'))
            spelled = $"_{spelled}";

        var free = spelled.Length <= Longest ? spelled : spelled[..Longest];
        var stem = spelled[..Math.Min(spelled.Length, Longest - RoomForNumber)];
        var number = numbers.GetValueOrDefault(stem, 2);
        while (toCaller.ContainsKey(free))
        {
            var ending = FormattableString.Invariant($"_{number++}");
            free = spelled[..Math.Min(spelled.Length, Longest - ending.Length)] + ending;
        }

        numbers[stem] = number;
        return free;
    }

    [GeneratedRegex(@"^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}\z")]
    private static partial Regex IsTaken();

    [GeneratedRegex("[^a-zA-Z0-9_.:-]")]
    private static partial Regex NotTaken();
}
