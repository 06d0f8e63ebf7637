using System.Text.Json;
using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Models;

/// <summary>Changes what is said of a model; all else stays as it is. <c>model_not_found</c> if there is none of that id.</summary>
public sealed record ChangeModel : ICommand<CatalogueItem>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    [JsonIgnore]
    public Precondition IfMatch { get; init; } = Precondition.Any;

    public Change<string> LitellmProvider { get; init; }
    public Change<string> Mode { get; init; }

    /// <summary>US dollars; null is not known any more.</summary>
    public Change<Rate?> InputCostPerToken { get; init; }

    /// <inheritdoc cref="InputCostPerToken"/>
    public Change<Rate?> OutputCostPerToken { get; init; }

    /// <summary>Rates that are named replace those there are; null takes one away.</summary>
    public Change<JsonElement> Prices { get; init; }

    /// <inheritdoc cref="Prices"/>
    public Change<JsonElement> Capabilities { get; init; }
    public Change<int?> MaxInputTokens { get; init; }
    public Change<int?> MaxOutputTokens { get; init; }
    public Change<string?> UpstreamModel { get; init; }
    public Change<bool> DropParams { get; init; }
}

internal sealed class ChangeModelValidator : AbstractValidator<ChangeModel>
{
    public ChangeModelValidator()
    {
        When(command => command.LitellmProvider.IsGiven, () => RuleFor(command => command.LitellmProvider.Value)
            .NotEmpty().MaximumLength(Model.MaxNameLength).Must(MemberRules.IsPlain).OverridePropertyName(nameof(ChangeModel.LitellmProvider)));
        When(command => command.Mode.IsGiven, () => RuleFor(command => command.Mode.Value)
            .NotEmpty().MaximumLength(Model.MaxNameLength).Must(MemberRules.IsPlain).OverridePropertyName(nameof(ChangeModel.Mode)));
        RuleFor(command => Given(command.Prices)).IsObject("prices").OverridePropertyName(nameof(ChangeModel.Prices));
        RuleFor(command => Given(command.Capabilities)).IsObject("capabilities").OverridePropertyName(nameof(ChangeModel.Capabilities));
        RuleFor(command => command.MaxInputTokens.Value).GreaterThanOrEqualTo(0).OverridePropertyName(nameof(ChangeModel.MaxInputTokens));
        RuleFor(command => command.MaxOutputTokens.Value).GreaterThanOrEqualTo(0).OverridePropertyName(nameof(ChangeModel.MaxOutputTokens));
        RuleFor(command => command.UpstreamModel.Value).Length(1, Model.MaxNameLength).Must(MemberRules.IsPlain)
            .OverridePropertyName(nameof(ChangeModel.UpstreamModel));
    }

    private static JsonElement? Given(Change<JsonElement> change) => change.IsGiven ? change.Value : null;
}

internal sealed class ChangeModelHandler(IModelRepository models, IUnitOfWork unitOfWork) : IRequestHandler<ChangeModel, CatalogueItem>
{
    public async Task<CatalogueItem> Handle(ChangeModel command, CancellationToken cancellationToken)
    {
        var model = await models.FindAsync(new ModelId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("model", command.Id.ToString()));
        command.IfMatch.Check(model.Version);

        model.Describe(
            command.LitellmProvider.Or(model.LitellmProvider), command.Mode.Or(model.Mode), command.MaxInputTokens.Or(model.MaxInputTokens),
            command.MaxOutputTokens.Or(model.MaxOutputTokens),
            ModelDocuments.Capabilities(model.Capabilities, command.Capabilities.IsGiven ? command.Capabilities.Value : null),
            command.UpstreamModel.Or(model.UpstreamModel), command.DropParams.Or(model.DropParams));
        ModelDocuments.Charge(
            model,
            command.InputCostPerToken.IsGiven ? command.InputCostPerToken.Value?.Dollars : model.InputCostPerToken,
            command.OutputCostPerToken.IsGiven ? command.OutputCostPerToken.Value?.Dollars : model.OutputCostPerToken,
            command.Prices.IsGiven ? command.Prices.Value : null);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return CatalogueItem.From(model);
    }
}
