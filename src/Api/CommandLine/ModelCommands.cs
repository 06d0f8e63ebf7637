using System.CommandLine;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway models …</c></summary>
internal static class ModelCommands
{
    public static Command Create()
    {
        var source = new Argument<string>("file-or-url") { Description = "LiteLLM's model_prices_and_context_window.json: a file, or an https URL" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would change, and change nothing" };
        var import = new Command("import", "Take a catalogue's models and prices, by name: all of its valid entries, or nothing.") { source, dryRun };
        import.SetAction((parsed, cancellationToken) => ImportAsync(parsed.GetRequiredValue(source), parsed.GetValue(dryRun), cancellationToken));

        var models = new Command("models", "Look after the catalogue of models.") { import };
        CatalogueCommands.AddTo(models);
        return models;
    }

    private static async Task<int> ImportAsync(string source, bool dryRun, CancellationToken cancellationToken)
    {
        var file = await CatalogueSource.ReadAsync(source, cancellationToken);
        try
        {
            Print(await CommandMessages.SendAsync(new ImportModels(file, dryRun), cancellationToken));
            return 0;
        }
        catch (StartException refused) when (refused.InnerException is GatewayException)
        {
            throw new StartException($"{source}: {refused.Message}", refused);
        }
    }

    private static void Print(ModelImport import)
    {
        foreach (var invalid in import.Invalid)
            Console.Error.WriteLine($"passed over: {invalid.Model}: {invalid.Reason}");

        if (import.DryRun)
        {
            foreach (var change in import.Changes)
                Console.WriteLine(change.IsNew ? $"+ {change.Model}" : $"~ {change.Model}: {string.Join(", ", change.Fields.Select(Describe))}");
        }

        var end = import.DryRun ? "; nothing was written" : "";
        Console.WriteLine($"{import.Added} added, {import.Changed} changed, {import.Unchanged} unchanged, {import.Invalid.Count} passed over{end}");
    }

    private static string Describe(FieldChange change) => $"{change.Field} {change.Old?.Text ?? "none"} → {change.New?.Text ?? "none"}";
}
