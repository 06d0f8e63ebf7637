using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Models;
using MediatR;

namespace CleanGateway.Application.LiteLlm;

internal sealed class ImportLiteLlmHandler(
    IYamlReader yaml, IRouteRows rows, ICredentialCipher cipher, IUnitOfWork unitOfWork, TimeProvider clock)
    : IRequestHandler<ImportLiteLlm, LiteLlmImport>
{
    public async Task<LiteLlmImport> Handle(ImportLiteLlm command, CancellationToken cancellationToken)
    {
        var root = yaml.Read(command.File);
        var words = await WordsAsync(root, cancellationToken);
        var file = LiteLlmFile.Read(root, command.Environment ?? new Dictionary<string, string>(), words.GetValueOrDefault);
        var report = new ImportReport(file.Notes);

        var providers = new ProviderImport(rows, cipher, await rows.ProvidersAsync(cancellationToken), command.Update, clock.GetStorableNow(), report);
        providers.Take(file.Deployments);

        var names = file.Deployments.SelectMany(deployment => (string?[])[deployment.ModelName, deployment.BaseModel, deployment.Upstream]).OfType<string>();
        var knownModels = await rows.ModelsAsync([.. names.Distinct(StringComparer.Ordinal)], cancellationToken);
        var models = new ModelImporter(rows, knownModels, command.Update, clock.GetStorableNow(), report);
        var aliasNames = file.Deployments.Select(deployment => deployment.Name).Concat(file.Aliases.Select(alias => alias.Alias));
        var known = (await rows.AliasesAsync([.. aliasNames], cancellationToken)).ToDictionary(alias => alias.Alias, StringComparer.Ordinal);
        var aliases = new AliasImport(rows, known, providers, command.Update, clock.GetStorableNow(), report);

        foreach (var deployment in file.Deployments)
            Take(deployment.Name, deployment, deployment.Path, aliases, providers, models, report);
        foreach (var (alias, target, path) in file.Aliases)
            Take(alias, target, path, aliases, providers, models, report);

        if (!command.DryRun && report.HasChanges)
            await unitOfWork.SaveChangesAsync(cancellationToken);

        return report.Of(command.DryRun);
    }

    private static void Take(
        string name, LiteLlmDeployment deployment, string path, AliasImport aliases, ProviderImport providers, ModelImporter models, ImportReport report)
    {
        if (providers.Of(deployment) is not { } provider)
            return;   // told already

        if (models.Of(deployment) is { } model)
            aliases.Take(name, model, provider, path);
        else
            report.Leave(path, $"The model '{deployment.ModelName}' that is there already leads elsewhere");
        report.Advise(deployment.Advice);
    }

    // LiteLLM knows many models by their bare names: whose they are is in the catalogue.
    private async Task<Dictionary<string, string>> WordsAsync(JsonElement root, CancellationToken cancellationToken)
    {
        var bare = BareNames(root).Distinct(StringComparer.Ordinal).ToList();
        var words = bare.Select(rows.BuiltIn).OfType<Model>().ToDictionary(model => model.ModelName, model => model.LitellmProvider, StringComparer.Ordinal);
        foreach (var model in await rows.ModelsAsync(bare, cancellationToken))
            words[model.ModelName] = rows.ProviderTypeOf(model.LitellmProvider);
        return words;
    }

    private static IEnumerable<string> BareNames(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model_list", out var list)
            || list.ValueKind != JsonValueKind.Array)
            yield break;

        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("litellm_params", out var values)
                && values.ValueKind == JsonValueKind.Object && values.TryGetProperty("model", out var model)
                && model.ValueKind == JsonValueKind.String)
                yield return model.GetString()!;
        }
    }
}
