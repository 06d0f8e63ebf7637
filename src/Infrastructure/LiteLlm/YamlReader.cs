using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using CleanGateway.Application.LiteLlm;
using CleanGateway.Domain.Common;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace CleanGateway.Infrastructure.LiteLlm;

/// <summary>
/// Reads YAML as plain data, event by event: no tags, no member twice, and what aliases repeat counts each time, so that a
/// small file cannot become a large one. Words mean what they mean to PyYAML (YAML 1.1), which LiteLLM reads its file with.
/// </summary>
internal sealed partial class YamlReader : IYamlReader
{
    private const int MaxDepth = 32;
    private const int MaxNodes = 100_000;
    private const string MergeKey = "<<";

    public JsonElement Read(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span))
            throw Invalid("The file is not valid UTF-8.");

        using var text = new StreamReader(new MemoryStream(utf8.ToArray()));
        var scanner = new Scanner(text);
        try
        {
            return JsonSerializer.SerializeToElement(new Document(new Parser(scanner)).Read());
        }
        catch (YamlException malformed)
        {
            // The library's own words can quote the file, which may hold secrets.
            throw At(malformed.Start, malformed is AnchorNotFoundException ? "it has an alias without its anchor" : "it is not valid YAML");
        }
        catch (Exception malformed) when (malformed is InvalidOperationException or ArgumentException)
        {
            // How the library meets the end of a document within a list in brackets, and a tag that is no URI.
            throw At(scanner.CurrentPosition, "it is not valid YAML");
        }
    }

    private static GatewayException At(Mark mark, string what) => Invalid($"The file cannot be read: line {mark.Line}, column {mark.Column}: {what}.");

    private static GatewayException Invalid(string message) => new(GatewayError.Invalid(message, code: "invalid_yaml"));

    /// <summary>One walk over the events of a file.</summary>
    private sealed class Document(Parser parser)
    {
        private readonly Dictionary<string, (JsonNode? Node, int Size)> anchors = new(StringComparer.Ordinal);
        private int nodes;

        public JsonNode? Read()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
                return null;

            parser.Consume<DocumentStart>();
            var root = Node(depth: 1);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
                throw At(parser.Current!.Start, "there is a second document, where one is expected");

            return root;
        }

        private JsonNode? Node(int depth)
        {
            if (parser.TryConsume<AnchorAlias>(out var alias))
                return Repeat(alias);
            if (!parser.Accept<NodeEvent>(out var start))
                throw At(parser.Current!.Start, "a value is missing");
            if (!start.Tag.IsEmpty)
                throw At(start.Start, "it has a tag (!), where plain data is expected");
            if (depth > MaxDepth)
                throw At(start.Start, $"it has more than {MaxDepth} levels");

            var before = nodes;
            Count(1, start.Start);
            var node = start switch
            {
                MappingStart => Mapping(depth),
                SequenceStart => Sequence(depth),
                _ => Scalar(parser.Consume<Scalar>()),
            };
            if (!start.Anchor.IsEmpty)
                anchors[start.Anchor.Value] = (node?.DeepClone(), nodes - before);

            return node;
        }

        private JsonNode? Repeat(AnchorAlias alias)
        {
            if (!anchors.TryGetValue(alias.Value.Value, out var known))
                throw At(alias.Start, "it has an alias without its anchor");

            Count(known.Size, alias.Start);
            return known.Node?.DeepClone();
        }

        private JsonArray Sequence(int depth)
        {
            parser.Consume<SequenceStart>();
            var items = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
                items.Add(Node(depth + 1));

            return items;
        }

        private JsonObject Mapping(int depth)
        {
            parser.Consume<MappingStart>();
            var members = new JsonObject();
            var merged = new List<JsonObject>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (!parser.TryConsume<Scalar>(out var name))
                    throw At(parser.Current!.Start, "a name is no plain text");
                if (!IsText(name.Value))
                    throw At(name.Start, "it has a character that is no text");
                if (!name.Tag.IsEmpty || !name.Anchor.IsEmpty)
                    throw At(name.Start, "a name has a tag or an anchor");

                var value = Node(depth + 1);
                if (name is { Value: MergeKey, Style: ScalarStyle.Plain })
                    merged.AddRange(Merged(value, name.Start));
                else if (!members.TryAdd(name.Value, value))
                    throw At(name.Start, $"'{StorableText.Safe(name.Value)}' is there twice");
            }

            foreach (var (name, value) in merged.SelectMany(from => from))
                members.TryAdd(name, value?.DeepClone());

            return members;
        }

        private static IEnumerable<JsonObject> Merged(JsonNode? value, Mark mark) => value switch
        {
            JsonObject one => [one],
            JsonArray many when many.All(item => item is JsonObject) => many.Cast<JsonObject>(),
            _ => throw At(mark, "<< is no mapping"),
        };

        private void Count(int more, Mark mark)
        {
            nodes += more;
            if (nodes > MaxNodes)
                throw At(mark, $"with what its aliases repeat, it has more than {MaxNodes} values");
        }
    }

    private static JsonNode? Scalar(Scalar scalar)
    {
        var text = scalar.Value;
        if (!IsText(text))
            throw At(scalar.Start, "it has a character that is no text");
        if (scalar.Style != ScalarStyle.Plain)
            return JsonValue.Create(text);

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => JsonValue.Create(true),
            "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => JsonValue.Create(false),
            _ when Number().Match(text) is { Success: true } number => JsonNode.Parse(Json(number)),
            _ => JsonValue.Create(text),
        };
    }

    // Escapes can make half a surrogate pair, which is no text, and NUL, which no database stores.
    private static bool IsText(string text) =>
        !text.Contains('\0') && text.EnumerateRunes().Count(rune => rune == Rune.ReplacementChar) == text.Count(letter => letter == '\uFFFD');

    // JSON wants digits on both sides of the point, and no plus.
    private static string Json(Match number)
    {
        var (whole, fraction, exponent) = (number.Groups["whole"].Value, number.Groups["fraction"].Value, number.Groups["exponent"].Value);
        return $"{number.Groups["minus"].Value}{(whole.Length == 0 ? "0" : whole)}{(fraction.Length == 0 ? "" : $".{fraction}")}{exponent}";
    }

    [GeneratedRegex(
        @"\A(\+|(?<minus>-))?((?<whole>0|[1-9][0-9]*)(\.(?<fraction>[0-9]*))?|\.(?<fraction>[0-9]+))(?<exponent>[eE][+-]?[0-9]+)?\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Number();
}
