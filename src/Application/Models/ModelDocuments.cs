using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;

namespace CleanGateway.Application.Models;

/// <summary>What operators say of a model by hand, held to what an import is held to.</summary>
internal static class ModelDocuments
{
    /// <summary>Changes a model's rates and prices.</summary>
    /// <param name="patch">A JSON object, or null: <c>prices</c> stay as they are.</param>
    /// <exception cref="GatewayException">Something is no rate.</exception>
    public static void Charge(Model model, decimal? inputCost, decimal? outputCost, JsonElement? patch) => Naming("prices", () =>
    {
        model.Charge(inputCost, outputCost, Merged(model.Prices, patch, member =>
            CatalogueEntry.IsPrice(member) && member.Key is not (CatalogueEntry.InputRate or CatalogueEntry.OutputRate)
                ? null : $"'{StorableText.Safe(member.Key)}' is no other rate of LiteLLM's catalogue"));
        return model;
    });

    /// <param name="patch">A JSON object, or null: they stay as they are.</param>
    /// <exception cref="GatewayException">Something is no capability.</exception>
    public static string Capabilities(string before, JsonElement? patch) => Naming("capabilities", () => Merged(before, patch, member =>
        CatalogueEntry.IsCapability(member) ? null : $"'{StorableText.Safe(member.Key)}' is no capability: expected supports_… or supported_…"));

    private static string Merged(string before, JsonElement? patch, Func<KeyValuePair<string, JsonElement>, string?> problemOf)
    {
        if (patch is not { } given)
            return before;

        CatalogueEntry.RequireStorable(given);
        foreach (var member in given.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null))
        {
            if (problemOf(KeyValuePair.Create(member.Name, member.Value)) is { } problem)
                throw new FormatException(problem);
        }

        return JsonMerge.Apply(before, given);
    }

    private static T Naming<T>(string param, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (FormatException wrong)
        {
            throw new GatewayException(GatewayError.Invalid($"'{param}' cannot be used: {wrong.Message}.", param, "invalid_value"), wrong);
        }
        catch (InvalidOperationException wrong)
        {
            throw new GatewayException(
                GatewayError.Invalid($"'{param}' cannot be used: a text contains half of a surrogate pair.", param, "invalid_value"), wrong);
        }
    }
}
