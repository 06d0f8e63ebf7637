using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Models;

/// <summary>
/// A model as a catalogue lists it. Numbers and documents are text in <see cref="CanonicalJson"/>'s form, so that equal
/// ones are equal text and no digit is lost on the way.
/// </summary>
/// <param name="InputCostPerToken">US dollars; null is not known.</param>
/// <param name="OutputCostPerToken">US dollars; null is not known.</param>
/// <param name="Prices">JSON object of the other rates.</param>
/// <param name="Capabilities">JSON object.</param>
/// <param name="Extra">JSON object of everything else.</param>
public sealed record CatalogueModel(
    string Name, string LitellmProvider, string Mode, string? InputCostPerToken, string? OutputCostPerToken,
    int? MaxInputTokens, int? MaxOutputTokens, string Prices, string Capabilities, string Extra)
{
    /// <summary>What is different from what there was, in order of the fields' names.</summary>
    internal IReadOnlyList<FieldChange> ChangesFrom(CatalogueModel before)
    {
        if (this == before)
            return [];

        var (old, now) = (before.Fields(), Fields());
        return
        [
            .. old.Keys.Union(now.Keys).Order()
                .Select(field => new FieldChange(field.Name, RawJson.From(old.GetValueOrDefault(field)), RawJson.From(now.GetValueOrDefault(field))))
                .Where(change => change.Old != change.New),
        ];
    }

    // Members of the documents stand beside the columns, under the names that the catalogue's file has for them.
    private Dictionary<(string Name, string Document), string> Fields()
    {
        var fields = new Dictionary<(string, string), string>
        {
            [("litellm_provider", "")] = JsonSerializer.Serialize(LitellmProvider),
            [("mode", "")] = JsonSerializer.Serialize(Mode),
        };
        Add("input_cost_per_token", InputCostPerToken);
        Add("output_cost_per_token", OutputCostPerToken);
        Add("max_input_tokens", MaxInputTokens?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("max_output_tokens", MaxOutputTokens?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (var (name, json) in new[] { ("prices", Prices), ("capabilities", Capabilities), ("extra", Extra) })
        {
            using var document = JsonDocument.Parse(json);
            foreach (var member in document.RootElement.EnumerateObject())
                fields[(member.Name, name)] = CanonicalJson.Write(member.Value);
        }

        return fields;

        void Add(string name, string? value)
        {
            if (value is not null)
                fields[(name, "")] = value;
        }
    }
}
