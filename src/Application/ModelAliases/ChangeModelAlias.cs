using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.ModelAliases;

/// <summary>Changes an alias; what is not named stays as it is. <c>alias_not_found</c> if there is none of that id.</summary>
public sealed record ChangeModelAlias : ICommand<ModelAliasItem>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    [JsonIgnore]
    public Precondition IfMatch { get; init; } = Precondition.Any;

    public Change<string> Alias { get; init; }

    /// <summary>The model's name.</summary>
    public Change<string> Model { get; init; }

    /// <summary>The provider's name; null: any that serves the model.</summary>
    public Change<string?> Provider { get; init; }

    /// <summary>One that is not enabled is no name for anything.</summary>
    public Change<bool> Enabled { get; init; }
}

internal sealed class ChangeModelAliasValidator : AbstractValidator<ChangeModelAlias>
{
    public ChangeModelAliasValidator()
    {
        When(command => command.Alias.IsGiven, () =>
            RuleFor(command => command.Alias.Value).IsAlias().OverridePropertyName(nameof(ChangeModelAlias.Alias)));
        When(command => command.Model.IsGiven, () =>
            RuleFor(command => command.Model.Value).NotEmpty().OverridePropertyName(nameof(ChangeModelAlias.Model)));
        RuleFor(command => command.Provider.Value).MinimumLength(1).OverridePropertyName(nameof(ChangeModelAlias.Provider));
    }
}

internal sealed class ChangeModelAliasHandler(
    IModelAliasRepository aliases, IModelRepository models, IProviderRepository providers, IUnitOfWork unitOfWork)
    : IRequestHandler<ChangeModelAlias, ModelAliasItem>
{
    public async Task<ModelAliasItem> Handle(ChangeModelAlias command, CancellationToken cancellationToken)
    {
        var alias = await aliases.FindAsync(new ModelAliasId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("alias", command.Id.ToString()));
        command.IfMatch.Check(alias.Version);

        if (command.Alias.IsGiven && command.Alias.Value != alias.Alias)
        {
            if (await aliases.FindAsync(command.Alias.Value, cancellationToken) is not null)
                throw AliasTargets.Exists(command.Alias.Value);

            alias.Rename(command.Alias.Value);
        }

        var model = command.Model.IsGiven
            ? await AliasTargets.ModelAsync(models, command.Model.Value, cancellationToken)
            : await models.FindAsync(alias.TargetModelId, cancellationToken);
        var provider = command.Provider.IsGiven ? await AliasTargets.ProviderAsync(providers, command.Provider.Value, cancellationToken)
            : alias.ProviderId is { } tied ? await providers.FindAsync(tied, cancellationToken)
            : null;

        alias.LeadTo(model!.Id, provider?.Id);   // a model with aliases is not deleted
        alias.Enable(command.Enabled.Or(alias.Enabled));
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return ModelAliasItem.From(alias, model.ModelName, provider?.Name);
    }
}
