using System.Text.Json;
using System.Text.RegularExpressions;

namespace CleanGateway.Application.LiteLlm;

/// <summary>
/// The members of one <c>litellm_params</c>: read by name, each once, so that what nobody has read can be told. The first
/// thing that is wrong with one is kept.
/// </summary>
internal sealed partial class LiteLlmParams
{
    private const string Reference = "os.environ/";

    private readonly Dictionary<string, JsonElement> members;
    private readonly IReadOnlyDictionary<string, string> variables;
    private readonly string path;
    private readonly HashSet<string> read = new(StringComparer.Ordinal);

    /// <param name="members">Null values count as absent.</param>
    /// <param name="variables">What references stand for where a value is needed at once.</param>
    public LiteLlmParams(Dictionary<string, JsonElement> members, IReadOnlyDictionary<string, string> variables, string path)
    {
        this.members = members.Where(member => member.Value.ValueKind != JsonValueKind.Null).ToDictionary(StringComparer.Ordinal);
        this.variables = variables;
        this.path = path;
    }

    /// <summary>Why it cannot be carried over; null: nothing has been found yet.</summary>
    public ImportNote? Problem { get; private set; }

    public List<ImportNote> Advice { get; } = [];

    public IEnumerable<KeyValuePair<string, JsonElement>> Unread => members.Where(member => !read.Contains(member.Key));

    public bool Has(string name) => members.ContainsKey(name);

    public JsonElement? Value(string name)
    {
        read.Add(name);
        return members.TryGetValue(name, out var value) ? value : null;
    }

    public void Reject(string name, string reason) => Problem ??= new ImportNote($"{path}.{name}", reason);

    public void Advise(string name, string text) => Advice.Add(new ImportNote($"{path}.{name}", text));

    /// <summary>A text that is no secret; a reference is replaced by what it stands for.</summary>
    public string? Text(string name)
    {
        var text = Raw(name);
        if (text is null || !text.StartsWith(Reference, StringComparison.Ordinal))
            return text;

        var variable = text[Reference.Length..];
        if (variables.TryGetValue(variable, out var value) && value.Length > 0)
            return value;

        Reject(
            name,
            $"{text} stands for a value that is needed now, and is not set here: set {variable} and import with the command line, or write the value into the file");
        return null;
    }

    /// <summary>A secret: what is in the environment stays there, and only where is said.</summary>
    public string? SecretText(string name)
    {
        var text = Raw(name);
        if (text is null)
            return null;

        if (!text.StartsWith(Reference, StringComparison.Ordinal))
        {
            Advise(name, "The file holds this secret itself. It is sealed in the database now: replace it at its provider, and take it out of the file");
            return text;
        }

        return ReferenceTo(text[Reference.Length..], name);
    }

    /// <summary>Whether the member is a reference to this variable; it then counts as read.</summary>
    public bool IsReferenceTo(string name, string variable)
    {
        var isThat = members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(Reference + variable);
        if (isThat)
            read.Add(name);
        return isThat;
    }

    /// <summary>A reference to a variable that LiteLLM would have looked into by itself.</summary>
    public string Usual(string name, string variable)
    {
        Advise(name, $"Not in the file: taken from the variable {variable}, as LiteLLM does. Set it in the gateway's environment");
        return $"env://{variable}";
    }

    public bool? Flag(string name) => Value(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => null,
    };

    private string? ReferenceTo(string variable, string name)
    {
        if (VariableName().IsMatch(variable))
        {
            Advise(name, $"Read from the variable {variable}: set it in the gateway's environment");
            return $"env://{variable}";
        }

        Reject(name, "It refers to a variable that can have no such name: expected os.environ/ and letters, digits and underscores");
        return null;
    }

    private string? Raw(string name)
    {
        if (Value(name) is not { } value)
            return null;

        switch (value.ValueKind)
        {
            case JsonValueKind.String when value.GetString() is { Length: > 0 } text:
                return text.Any(char.IsControl) && name != "vertex_credentials" ? Refused(name, "It contains control characters") : text;
            case JsonValueKind.String:
                return null;
            case JsonValueKind.Number:
                return value.GetRawText();
            case JsonValueKind.Object when name == "vertex_credentials":
                return value.GetRawText();
            default:
                var what = value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? "no plain value" : "true or false";
                return Refused(name, $"It is {what}: expected text");
        }
    }

    private string? Refused(string name, string reason)
    {
        Reject(name, reason);
        return null;
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex VariableName();
}
