using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;

namespace CleanGateway.Application.LiteLlm;

/// <summary>Names of an import. Where the model's own name leads to its provider by itself, there is no need for an alias.</summary>
internal sealed class AliasImport(
    IRouteRows rows, Dictionary<string, ModelAlias> known, ProviderImport providers, bool update, DateTimeOffset now, ImportReport report)
{
    public void Take(string name, Model model, Provider provider, string path)
    {
        var detail = $"{model.ModelName} at {provider.Name}";
        if (known.TryGetValue(name, out var there))
        {
            Compare(there, model, provider, path, detail);
            return;
        }

        var leadsThere = name == model.ModelName && rows.ProviderTypeOf(model.LitellmProvider) == provider.ProviderType
            && providers.IsTheOnlyOne(provider.ProviderType);
        if (leadsThere)
            return;

        var alias = ModelAlias.Create(name, model.Id, provider.Id, now);
        rows.Add(alias);
        known[name] = alias;
        report.Made("alias", name, path, detail);
    }

    private void Compare(ModelAlias there, Model model, Provider provider, string path, string detail)
    {
        if (there.TargetModelId == model.Id && there.ProviderId == provider.Id)
        {
            report.Unchanged("alias", there.Alias, path);
            return;
        }

        report.Different("alias", there.Alias, path, detail, update);
        if (update)
            there.LeadTo(model.Id, provider.Id);
    }
}
