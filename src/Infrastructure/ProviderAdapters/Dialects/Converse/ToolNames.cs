using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>
/// Names and ids of tools in the letters that Converse allows: what does not fit is sent under a name that is made of it and
/// always the same, and comes back under its own. Of one request.
/// </summary>
internal sealed partial class ToolNames(BedrockModel model)
{
    private const int HashLetters = 8;
    private const int LongestStem = 64 - HashLetters - 1;
    private const int MistralIdLetters = 9;

    private readonly Dictionary<string, string> given = new(StringComparer.Ordinal);

    public string Sent(string name)
    {
        if (NameFits().IsMatch(name))
            return name;

        var sent = Unlike(NotInNames().Replace(name, "_"), name);
        given[sent] = name;
        return sent;
    }

    /// <summary>The caller's name of a tool that the model calls.</summary>
    public string Given(string sent) => given.GetValueOrDefault(sent, sent);

    /// <summary>A call and its result keep having the same id; the answer's ids are the provider's own.</summary>
    public string SentId(string id) =>
        model.HasMistralToolIds ? MistralIdFits().IsMatch(id) ? id : Hash(id)[..MistralIdLetters]
        : IdFits().IsMatch(id) ? id
        : Unlike(NotInIds().Replace(id, "_"), id);

    // What is left of two names may be the same; their hashes are not.
    private static string Unlike(string stem, string name) =>
        $"{(stem.Length > LongestStem ? stem[..LongestStem] : stem)}_{Hash(name)[..HashLetters]}";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]{1,64}\z")]
    private static partial Regex NameFits();

    [GeneratedRegex("[^a-zA-Z0-9_-]")]
    private static partial Regex NotInNames();

    [GeneratedRegex(@"\A[a-zA-Z0-9_.:-]{1,64}\z")]
    private static partial Regex IdFits();

    [GeneratedRegex("[^a-zA-Z0-9_.:-]")]
    private static partial Regex NotInIds();

    [GeneratedRegex(@"\A[a-zA-Z0-9]{9}\z")]
    private static partial Regex MistralIdFits();
}
