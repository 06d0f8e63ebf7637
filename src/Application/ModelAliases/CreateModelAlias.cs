using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Models;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.ModelAliases;

/// <summary>Makes another name for a model.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Provider">The name of the provider that alone serves it under this name; null: any that serves the model.</param>
public sealed record CreateModelAlias(string Alias, string Model, string? Provider = null) : ICreateCommand<ModelAliasItem>;

internal sealed class CreateModelAliasValidator : AbstractValidator<CreateModelAlias>
{
    public CreateModelAliasValidator()
    {
        RuleFor(command => command.Alias).IsAlias();
        RuleFor(command => command.Model).NotEmpty();
        RuleFor(command => command.Provider).MinimumLength(1);
    }
}

internal sealed class CreateModelAliasHandler(
    IModelAliasRepository aliases, IModelRepository models, IProviderRepository providers, IUnitOfWork unitOfWork, TimeProvider clock)
    : IRequestHandler<CreateModelAlias, ModelAliasItem>
{
    public async Task<ModelAliasItem> Handle(CreateModelAlias command, CancellationToken cancellationToken)
    {
        if (await aliases.FindAsync(command.Alias, cancellationToken) is not null)
            throw AliasTargets.Exists(command.Alias);

        var model = await AliasTargets.ModelAsync(models, command.Model, cancellationToken);
        var provider = await AliasTargets.ProviderAsync(providers, command.Provider, cancellationToken);
        var alias = ModelAlias.Create(command.Alias, model.Id, provider?.Id, clock.GetStorableNow());
        aliases.Add(alias);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return ModelAliasItem.From(alias, model.ModelName, provider?.Name);
    }
}

internal static class ModelAliasRules
{
    public static IRuleBuilderOptions<T, string> IsAlias<T>(this IRuleBuilder<T, string> alias) => alias.NotEmpty().MaximumLength(ModelAlias.MaxNameLength)
        .Must(MemberRules.IsPlain).WithMessage("'alias' has control characters.");
}
