using CleanGateway.Application.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Usage;
using FluentValidation;

namespace CleanGateway.Application.Models;

/// <summary>The table of models, in order of their names; what is only built in is not among them.</summary>
/// <param name="Provider">Those of this <c>litellm_provider</c> only.</param>
/// <param name="Mode">Those of this mode only.</param>
/// <param name="Prefix">Those whose names begin with this only.</param>
/// <param name="Name">The one of exactly this name only.</param>
public sealed record ListCatalogue(PageRequest Page, string? Provider = null, string? Mode = null, string? Prefix = null, string? Name = null)
    : IQuery<Page<CatalogueItem>>;

/// <inheritdoc cref="Model"/>
/// <param name="InputCostPerToken">US dollars, every digit of them; null is not known.</param>
/// <param name="OutputCostPerToken">US dollars, every digit of them; null is not known.</param>
/// <param name="Prices">JSON object of the other rates.</param>
/// <param name="Capabilities">JSON object.</param>
public sealed record CatalogueItem(
    Guid Id, string Name, string LitellmProvider, string Mode, RawJson? InputCostPerToken, RawJson? OutputCostPerToken, RawJson Prices,
    RawJson Capabilities, int? MaxInputTokens, int? MaxOutputTokens, string? UpstreamModel, bool DropParams, DateTimeOffset CreatedAt, string Etag)
    : ITagged
{
    internal static CatalogueItem From(Model model) => new(
        model.Id.Value, model.ModelName, model.LitellmProvider, model.Mode, Number(model.InputCostPerToken), Number(model.OutputCostPerToken),
        new RawJson(model.Prices), new RawJson(model.Capabilities), model.MaxInputTokens, model.MaxOutputTokens, model.UpstreamModel, model.DropParams,
        model.CreatedAt, Precondition.TagOf(model.Version));

    private static RawJson? Number(decimal? dollars) => dollars is { } rate ? new RawJson(ExactDecimal.Write(rate)) : null;
}

internal sealed class ListCatalogueValidator : AbstractValidator<ListCatalogue>
{
    public ListCatalogueValidator() => RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
}
