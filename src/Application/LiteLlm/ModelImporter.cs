using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.LiteLlm;

/// <summary>Models of an import: a row for each that a provider is asked for, with the price the file states, or that is known.</summary>
internal sealed class ModelImporter(IRouteRows rows, IReadOnlyList<Model> known, bool update, DateTimeOffset now, ImportReport report)
{
    private readonly Dictionary<string, (Model? Model, LiteLlmDeployment By)> taken = new(StringComparer.Ordinal);

    /// <summary>The row of a deployment; null when the one of its name leads elsewhere.</summary>
    public Model? Of(LiteLlmDeployment deployment)
    {
        if (taken.TryGetValue(deployment.ModelName, out var same))
        {
            if (!ReferenceEquals(same.By, deployment) && deployment.Stated.Count > 0 && !SameStated(same.By, deployment))
                report.Leave($"{deployment.Path}.model_info", $"The model '{deployment.ModelName}' has one price here: the one of {same.By.Path}");
            return same.Model;
        }

        var model = known.FirstOrDefault(row => row.ModelName == deployment.ModelName) is { } there ? Compare(there, deployment) : Make(deployment);
        taken[deployment.ModelName] = (model, deployment);
        return model;
    }

    private Model? Make(LiteLlmDeployment deployment)
    {
        if (Described(deployment, Basis(deployment)) is not { } described)
            return null;

        var model = Model.Load(
            new ModelId(Guid.CreateVersion7(now)), deployment.ModelName, deployment.LitellmProvider, Rate(described.InputCostPerToken),
            Rate(described.OutputCostPerToken), described.Mode, now, described.Prices, described.MaxInputTokens, described.MaxOutputTokens,
            described.Capabilities, deployment.Upstream, deployment.DropParams ?? false);
        rows.Add(model);
        var price = model.Price is null ? ", without a price" : "";
        report.Made("model", model.ModelName, deployment.Path, $"{deployment.LitellmProvider}, asked for as {deployment.Upstream}{price}");
        return model;
    }

    private Model? Compare(Model there, LiteLlmDeployment deployment)
    {
        var before = CatalogueOf(there);
        if (Described(deployment, before) is not { } described)
            return null;

        var different = described.ChangesFrom(before).Select(change => change.Field).ToList();
        var leadsElsewhere = rows.ProviderTypeOf(there.LitellmProvider) != rows.ProviderTypeOf(deployment.LitellmProvider)
            || rows.UpstreamNameOf(there) != deployment.Upstream;
        if (leadsElsewhere)
            different.Add("upstream_model");
        if (deployment.DropParams is { } drops && drops != there.DropParams)
            different.Add("drop_params");
        if (different.Count == 0)
        {
            report.Unchanged("model", there.ModelName, deployment.Path);
            return there;
        }

        report.Different("model", there.ModelName, deployment.Path, string.Join(", ", different), update);
        if (!update)
            return leadsElsewhere ? null : there;

        there.Describe(
            leadsElsewhere ? deployment.LitellmProvider : there.LitellmProvider, described.Mode, described.MaxInputTokens, described.MaxOutputTokens,
            described.Capabilities, leadsElsewhere ? deployment.Upstream : there.UpstreamModel, deployment.DropParams ?? there.DropParams);
        there.Charge(Rate(described.InputCostPerToken), Rate(described.OutputCostPerToken), described.Prices);
        return there;
    }

    // What the file states, over what is known of the model.
    private CatalogueModel? Described(LiteLlmDeployment deployment, CatalogueModel? basis)
    {
        var entry = new JsonObject { ["litellm_provider"] = basis?.LitellmProvider ?? deployment.LitellmProvider };
        if (basis is not null)
            Fill(entry, basis);
        foreach (var (name, value) in deployment.Stated)
            entry[name] = JsonNode.Parse(value.GetRawText());

        var element = JsonSerializer.SerializeToElement(entry);
        if (CatalogueEntry.Read(deployment.ModelName, element, out var problem) is { } read)
            return read with { Extra = basis?.Extra ?? "{}" };

        report.Leave(deployment.Path, problem!);
        return null;
    }

    private CatalogueModel? Basis(LiteLlmDeployment deployment)
    {
        if (deployment.BaseModel is { } like && Find(like) is { } chosen)
            return CatalogueOf(chosen);

        var type = rows.ProviderTypeOf(deployment.LitellmProvider);
        return ((string[])[deployment.ModelName, deployment.Upstream]).Select(Find).OfType<Model>()
            .FirstOrDefault(model => rows.ProviderTypeOf(model.LitellmProvider) == type) is { } same ? CatalogueOf(same) : null;
    }

    private Model? Find(string name) => known.FirstOrDefault(row => row.ModelName == name) ?? rows.BuiltIn(name);

    private static void Fill(JsonObject entry, CatalogueModel basis)
    {
        entry["mode"] = basis.Mode;
        entry["max_input_tokens"] = basis.MaxInputTokens;
        entry["max_output_tokens"] = basis.MaxOutputTokens;
        if (basis.InputCostPerToken is { } input)
            entry["input_cost_per_token"] = JsonNode.Parse(input);
        if (basis.OutputCostPerToken is { } output)
            entry["output_cost_per_token"] = JsonNode.Parse(output);
        foreach (var document in (string[])[basis.Prices, basis.Capabilities])
        {
            foreach (var (name, value) in JsonNode.Parse(document)!.AsObject())
                entry[name] = value?.DeepClone();
        }
    }

    private static CatalogueModel CatalogueOf(Model model) => new(
        model.ModelName, model.LitellmProvider, model.Mode, Text(model.InputCostPerToken), Text(model.OutputCostPerToken),
        model.MaxInputTokens, model.MaxOutputTokens, Canonical(model.Prices), Canonical(model.Capabilities), Canonical(model.Extra));

    private static bool SameStated(LiteLlmDeployment one, LiteLlmDeployment other) =>
        one.Stated.Count == other.Stated.Count
        && one.Stated.All(member => other.Stated.TryGetValue(member.Key, out var value) && CanonicalJson.Write(value) == CanonicalJson.Write(member.Value));

    private static string? Text(decimal? rate) => rate is { } value ? ExactDecimal.Write(value) : null;

    private static decimal? Rate(string? text) => text is not null && ExactDecimal.TryParse(text, out var rate) ? rate : null;

    private static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        return CanonicalJson.Write(document.RootElement);
    }
}
