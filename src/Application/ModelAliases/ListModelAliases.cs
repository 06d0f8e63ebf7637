using CleanGateway.Application.Common;
using CleanGateway.Domain.Models;
using FluentValidation;

namespace CleanGateway.Application.ModelAliases;

/// <summary>Aliases, in order of their names.</summary>
/// <param name="Alias">The one of exactly this name only.</param>
public sealed record ListModelAliases(PageRequest Page, string? Alias = null) : IQuery<Page<ModelAliasItem>>;

/// <inheritdoc cref="ModelAlias"/>
/// <param name="Model">The name of the model it leads to.</param>
/// <param name="Provider">The name of the provider it is tied to; null: any that serves the model.</param>
public sealed record ModelAliasItem(Guid Id, string Alias, string Model, string? Provider, bool Enabled, DateTimeOffset CreatedAt, string Etag) : ITagged
{
    internal static ModelAliasItem From(ModelAlias alias, string model, string? provider) =>
        new(alias.Id.Value, alias.Alias, model, provider, alias.Enabled, alias.CreatedAt, Precondition.TagOf(alias.Version));
}

internal sealed class ListModelAliasesValidator : AbstractValidator<ListModelAliases>
{
    public ListModelAliasesValidator() => RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
}
