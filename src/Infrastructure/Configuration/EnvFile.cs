using System.Text.RegularExpressions;
using DotNetEnv;
using Sprache;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>
/// A <c>.env</c> file: <c>NAME=value</c> lines, comments, quotes. Read, never put into the environment; a dollar sign is
/// a dollar sign, because passwords have them.
/// </summary>
internal static partial class EnvFile
{
    /// <returns>What the file says; nothing where there is none.</returns>
    /// <exception cref="StartException">The file cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        if (!File.Exists(path))
            return new Dictionary<string, string>();

        try
        {
            return Env.LoadContents(WithPlainDollars(File.ReadAllText(path)), LoadOptions.NoEnvVars())
                .GroupBy(pair => pair.Key, StringComparer.Ordinal)
                .ToDictionary(same => same.Key, same => same.Last().Value, StringComparer.Ordinal);
        }
        catch (ParseException malformed)
        {
            // Not in the parser's words: they quote the file.
            throw new StartException($"The file {path} cannot be read: line {malformed.Position?.Line ?? 1} or the one before is not NAME=value", malformed);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The file {path} cannot be read: {unreadable.Message}", unreadable);
        }
    }

    // The library puts variables in the place of $NAME, and nothing in the place of unknown ones.
    private static string WithPlainDollars(string text)
    {
        text = DoubleQuoted().Replace(text, static line => $"{line.Groups["head"]}{Dollar().Replace(line.Groups["value"].Value, @"\$")}");
        return Unquoted().Replace(text, static line =>
            line.Groups["value"].ValueSpan.Contains('$') && !line.Groups["value"].ValueSpan.Contains('\'')
                ? $"{line.Groups["head"]}'{line.Groups["value"]}'"
                : line.Value);
    }

    [GeneratedRegex("""^(?<head>\s*(export\s+)?\w+\s*=\s*)(?<value>"([^"\\]|\\.)*")""", RegexOptions.Multiline)]
    private static partial Regex DoubleQuoted();

    [GeneratedRegex("""^(?<head>\s*(export\s+)?\w+\s*=\s*)(?<value>[^'"\s#][^\r\n]*?)(?=\s+#|\s*$)""", RegexOptions.Multiline)]
    private static partial Regex Unquoted();

    [GeneratedRegex(@"(?<!\\)\$")]
    private static partial Regex Dollar();
}
