using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>
/// Takes secrets out of what is kept. One that is also a word or a number, <c>postgres</c> or <c>1</c>, is one only where a
/// password is told: masked everywhere it would spoil the text, and be told by what is left of it.
/// </summary>
internal sealed class SecretMask
{
    private const string Masked = "***";
    private const int NeverAWord = 16;
    private const int MayBeAWord = 8;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly IReadOnlyList<Regex> patterns;

    public SecretMask(IEnumerable<string> secrets) =>
        patterns =
        [
            .. secrets.SelectMany(secret => new[] { secret, Uri.EscapeDataString(secret) }).Distinct(StringComparer.Ordinal)
                .OrderByDescending(secret => secret.Length).Select(Pattern),
        ];

    public string InText(string text) =>
        patterns.Aggregate(text, (masked, pattern) => pattern.Replace(masked, Masked));

    /// <summary>In the values of JSON, which stays JSON; text that is none is masked as text.</summary>
    public string InJson(string json)
    {
        try
        {
            var masked = Walk(JsonNode.Parse(json), out var changed);
            return changed ? masked!.ToJsonString(Indented) : json;
        }
        catch (Exception other) when (other is JsonException or ArgumentException)
        {
            return InText(json);
        }
    }

    private JsonNode? Walk(JsonNode? node, out bool changed)
    {
        changed = false;
        switch (node)
        {
            case JsonObject named:
                foreach (var (name, value) in named.ToList())
                {
                    var masked = Walk(value, out var inside);
                    changed |= inside;
                    if (!ReferenceEquals(masked, value))
                        named[name] = masked;
                }

                return named;
            case JsonArray list:
                for (var index = 0; index < list.Count; index++)
                {
                    var masked = Walk(list[index], out var inside);
                    changed |= inside;
                    if (!ReferenceEquals(masked, list[index]))
                        list[index] = masked;
                }

                return list;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                var text = value.GetValue<string>();
                var hidden = InText(text);
                changed = hidden != text;
                return changed ? JsonValue.Create(hidden) : value;
            default:
                return node;
        }
    }

    private static Regex Pattern(string secret)
    {
        var plain = Regex.Escape(secret);
        var mixed = secret.Any(char.IsAsciiDigit) && secret.Any(char.IsAsciiLetter);
        var anywhere = secret.Length >= NeverAWord || (secret.Length >= MayBeAWord && mixed);
        return new Regex(
            anywhere ? plain : $"""(?<=:){plain}(?=@)|(?<=(?i:password|passwd|pwd)["']?\s?[=:]\s?["']?){plain}(?!\w)""",
            RegexOptions.CultureInvariant, Deadline);
    }
}
