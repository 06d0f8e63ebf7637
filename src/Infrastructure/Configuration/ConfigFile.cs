using System.Text;
using System.Text.Unicode;
using CleanGateway.Domain.Common;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>
/// A <c>config.yaml</c>: one flat mapping of settings' names to values, or to lists of values. Plain data only: no tags, no
/// anchors, no nesting, no name twice. Read with the line of each name; nothing that is in it is in any message.
/// </summary>
internal sealed class ConfigFile
{
    private const int MaxBytes = 1024 * 1024;
    private static readonly string[] LiteLlmNames = ["model_list", "litellm_settings", "router_settings"];

    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly List<SettingProblem> problems = [];

    private ConfigFile(string path) => Path = path;

    /// <summary>As it was named.</summary>
    public string Path { get; }

    public IReadOnlyDictionary<string, Entry> Entries => entries;

    /// <summary>What is not as it should be, one value at a time; the others can be used.</summary>
    public IReadOnlyList<SettingProblem> Problems => problems;

    /// <summary>It is LiteLLM's: programs before this one have files of the same name.</summary>
    public bool IsLiteLlms => LiteLlmNames.Any(entries.ContainsKey) || problems.Any(problem => LiteLlmNames.Contains(problem.Name));

    /// <exception cref="StartException">It cannot be read at all.</exception>
    public static ConfigFile Read(string path)
    {
        try
        {
            var bytes = new FileInfo(path).Length > MaxBytes
                ? throw new StartException($"The file {path} cannot be read: it has more than {MaxBytes} bytes")
                : File.ReadAllBytes(path);
            return Utf8.IsValid(bytes) ? Parse(path, bytes) : throw new StartException($"The file {path} cannot be read: it is not valid UTF-8");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The file {path} cannot be read: {unreadable.Message}", unreadable);
        }
    }

    private static ConfigFile Parse(string path, byte[] utf8)
    {
        var file = new ConfigFile(path);
        using var text = new StreamReader(new MemoryStream(utf8), Encoding.UTF8);
        var scanner = new Scanner(text);
        try
        {
            file.Take(new Parser(scanner));
            return file;
        }
        catch (YamlException malformed)
        {
            // Not in the parser's words: they quote the file.
            throw file.Malformed(malformed.Start, "it is not valid YAML");
        }
        catch (Exception malformed) when (malformed is InvalidOperationException or ArgumentException)
        {
            // How the library meets the end of a document within a list in brackets, and a tag that is no URI.
            throw file.Malformed(scanner.CurrentPosition, "it is not valid YAML");
        }
    }

    private void Take(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (parser.TryConsume<StreamEnd>(out _))
            return;

        parser.Consume<DocumentStart>();
        if (parser.Accept<Scalar>(out var only) && IsNothing(only))
            parser.MoveNext();   // "---" and comments
        else
            TakeMapping(parser);

        parser.Consume<DocumentEnd>();
        if (!parser.Accept<StreamEnd>(out _))
            throw Malformed(parser.Current!.Start, "there is a second document, where one is expected");
    }

    private void TakeMapping(Parser parser)
    {
        if (!parser.TryConsume<MappingStart>(out _))
            throw Malformed(parser.Current!.Start, "lines of NAME: value are expected");

        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var name) || name.Value.Length == 0)
                throw Malformed(parser.Current!.Start, "a name is no plain text");

            var shown = StorableText.Safe(name.Value);
            var line = name.Start.Line;
            var (value, isList) = TakeValue(parser, shown);
            if (entries.TryGetValue(name.Value, out var first))
                Reject(shown, line, $"is there twice: line {first.Line} has it too");
            else if (value is not null)
                entries.Add(name.Value, new Entry(value, line, isList));
        }
    }

    // A list is written into one line, as the environment has it.
    private (string? Value, bool IsList) TakeValue(Parser parser, string name)
    {
        if (parser.TryConsume<SequenceStart>(out var list))
        {
            var items = new List<string>();
            var isPlain = IsPlain(list, name);
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                var item = TakeScalar(parser, name, "a list within which is more than plain values");
                isPlain &= item is not null;
                items.Add(item ?? "");
            }

            return (isPlain ? string.Join(',', items) : null, true);
        }

        return (TakeScalar(parser, name, "a mapping"), false);
    }

    private string? TakeScalar(Parser parser, string name, string otherwise)
    {
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            if (!IsPlain(scalar, name))
                return null;
            if (!scalar.Value.Contains('\0'))
                return IsNothing(scalar) ? "" : scalar.Value;

            Reject(name, scalar.Start.Line, "has a character that is no text");
            return null;
        }

        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            Reject(name, alias.Start.Line, "is an alias (*): expected a plain value");
            return null;
        }

        Reject(name, parser.Current!.Start.Line, $"is {otherwise}: expected one value, or a list of values");
        parser.SkipThisAndNestedEvents();
        return null;
    }

    private bool IsPlain(NodeEvent node, string name)
    {
        if (node.Tag.IsEmpty && node.Anchor.IsEmpty)
            return true;

        Reject(name, node.Start.Line, "has a tag (!) or an anchor (&): expected a plain value");
        return false;
    }

    // What stands for nothing in YAML 1.1.
    private static bool IsNothing(Scalar scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";

    private void Reject(string name, long line, string what) => problems.Add(new SettingProblem(name, $"{name} {what}", $"{Path}, line {line}"));

    private StartException Malformed(Mark mark, string what) => new($"The file {Path} cannot be read: line {mark.Line}, column {mark.Column}: {what}");

    /// <param name="Text">As written, references and all.</param>
    /// <param name="Line">Of its name, from 1.</param>
    /// <param name="IsList">It was a list of values.</param>
    public sealed record Entry(string Text, long Line, bool IsList);
}
