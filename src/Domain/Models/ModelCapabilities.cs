using System.Collections.Frozen;
using System.Text.Json;

namespace CleanGateway.Domain.Models;

/// <summary>
/// What is known of what a model can do, under the names of LiteLLM's catalogue: <c>supports_vision</c> and the like. Not
/// known is not the same as no.
/// </summary>
public sealed class ModelCapabilities
{
    private readonly Lazy<FrozenDictionary<string, JsonElement>> members;

    private ModelCapabilities(Func<FrozenDictionary<string, JsonElement>> members) => this.members = new(members);

    public static ModelCapabilities None { get; } = new(() => FrozenDictionary<string, JsonElement>.Empty);

    /// <summary>Read when first asked: a catalogue has thousands of models, and most are never called.</summary>
    /// <param name="json">A JSON object.</param>
    public static ModelCapabilities Parse(string json) => json == "{}" ? None : new ModelCapabilities(() =>
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateObject()
            .ToFrozenDictionary(member => member.Name, member => member.Value.Clone(), StringComparer.Ordinal);
    });

    /// <returns>Null when it is not known.</returns>
    public bool? Can(string name) => members.Value.TryGetValue(name, out var value) ? value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    }
    : null;

    /// <summary>A word, for what is more than yes or no.</summary>
    public string? Word(string name) =>
        members.Value.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The words of a list; null when it is not known.</summary>
    public IReadOnlyList<string>? Words(string name) =>
        members.Value.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
            : null;

    public long? Number(string name) =>
        members.Value.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    /// <summary>These, and beneath them what another table knows.</summary>
    public ModelCapabilities Over(ModelCapabilities beneath) => ReferenceEquals(this, None) ? beneath : ReferenceEquals(beneath, None) ? this : new(() =>
    {
        var all = beneath.members.Value.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in members.Value)
            all[name] = value;
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    });
}
