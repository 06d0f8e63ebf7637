using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Models;

/// <summary>Makes a model known by name: which sort of provider serves it, and what it costs.</summary>
/// <param name="LitellmProvider">The type of provider, in LiteLLM's word.</param>
/// <param name="InputCostPerToken">US dollars; null is not known.</param>
/// <param name="OutputCostPerToken">US dollars; null is not known.</param>
/// <param name="Prices">JSON object of the other rates, under the names of LiteLLM's catalogue.</param>
/// <param name="Capabilities">JSON object: <c>supports_vision</c> and the like.</param>
/// <param name="UpstreamModel">What the provider calls it; null: by its name.</param>
public sealed record CreateModel(
    string Name, string LitellmProvider, string Mode = "chat", Rate? InputCostPerToken = null, Rate? OutputCostPerToken = null,
    JsonElement? Prices = null, JsonElement? Capabilities = null, int? MaxInputTokens = null, int? MaxOutputTokens = null,
    string? UpstreamModel = null, bool DropParams = false) : ICreateCommand<CatalogueItem>;

internal sealed class CreateModelValidator : AbstractValidator<CreateModel>
{
    public CreateModelValidator()
    {
        RuleFor(command => command.Name).Must(name => CatalogueEntry.WhatIsWrongWithName(name) is null)
            .WithMessage(command => $"'name' cannot be used: {CatalogueEntry.WhatIsWrongWithName(command.Name)}.");
        RuleFor(command => command.LitellmProvider).IsWord("litellm_provider");
        RuleFor(command => command.Mode).IsWord("mode");
        RuleFor(command => command.Prices).IsObject("prices");
        RuleFor(command => command.Capabilities).IsObject("capabilities");
        RuleFor(command => command.MaxInputTokens).GreaterThanOrEqualTo(0);
        RuleFor(command => command.MaxOutputTokens).GreaterThanOrEqualTo(0);
        RuleFor(command => command.UpstreamModel).IsUpstreamName();
    }
}

internal sealed class CreateModelHandler(IModelRepository models, IUnitOfWork unitOfWork, TimeProvider clock) : IRequestHandler<CreateModel, CatalogueItem>
{
    public async Task<CatalogueItem> Handle(CreateModel command, CancellationToken cancellationToken)
    {
        if (await models.FindAsync(command.Name, cancellationToken) is not null)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "model_exists", $"There is a model '{command.Name}' already.", "name"));
        }

        var model = Model.Create(command.Name, clock.GetStorableNow());
        model.Describe(
            command.LitellmProvider, command.Mode, command.MaxInputTokens, command.MaxOutputTokens,
            ModelDocuments.Capabilities(model.Capabilities, command.Capabilities), command.UpstreamModel, command.DropParams);
        ModelDocuments.Charge(model, command.InputCostPerToken?.Dollars, command.OutputCostPerToken?.Dollars, command.Prices);
        models.Add(model);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return CatalogueItem.From(model);
    }
}

internal static class ModelRules
{
    public static void IsWord<T>(this IRuleBuilder<T, string> word, string name) => word.NotEmpty().MaximumLength(Model.MaxNameLength)
        .Must(MemberRules.IsPlain).WithMessage($"'{name}' has control characters.");

    public static void IsUpstreamName<T>(this IRuleBuilder<T, string?> name) => name.Length(1, Model.MaxNameLength)
        .Must(MemberRules.IsPlain).WithMessage("'upstream_model' has control characters.");
}
