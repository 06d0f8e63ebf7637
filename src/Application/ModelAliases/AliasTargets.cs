using CleanGateway.Application.Models;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;

namespace CleanGateway.Application.ModelAliases;

/// <summary>Finds by their names what aliases lead to.</summary>
internal static class AliasTargets
{
    /// <exception cref="GatewayException">There is none of this name in the table of models.</exception>
    public static async Task<Model> ModelAsync(IModelRepository models, string name, CancellationToken cancellationToken) =>
        await models.FindAsync(name, cancellationToken) ?? throw new GatewayException(GatewayError.Invalid(
            $"There is no model '{StorableText.Safe(name)}' in the catalogue: expected the name of one that was made or imported.", "model", "unknown_model"));

    /// <param name="name">Null: none.</param>
    /// <exception cref="GatewayException">There is none of this name.</exception>
    public static async Task<Provider?> ProviderAsync(IProviderRepository providers, string? name, CancellationToken cancellationToken) => name is null
        ? null
        : await providers.FindAsync(name, cancellationToken) ?? throw new GatewayException(GatewayError.Invalid(
            $"There is no provider '{StorableText.Safe(name)}': expected the name of one, or null for any that serves the model.", "provider", "unknown_provider"));

    public static GatewayException Exists(string alias) => new(new GatewayError(
        GatewayErrorKind.Conflict, "alias_exists", $"There is an alias '{alias}' already.", "alias"));
}
