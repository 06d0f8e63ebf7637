using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Api.CommandLine;

/// <summary>The options that say what a model is like.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string?> provider;
    private readonly Option<string?> mode = new("--mode") { Description = "chat, embedding … Of a new one, without: chat" };
    private readonly Option<Rate?> inputCost;
    private readonly Option<Rate?> outputCost;
    private readonly Option<string?> prices = new("--prices") { Description = "Other rates, as a JSON object under the names of LiteLLM's catalogue" };
    private readonly Option<string?> capabilities = new("--capabilities") { Description = """What it can do, as a JSON object: {"supports_vision": true}""" };
    private readonly Option<int?> maxInput;
    private readonly Option<int?> maxOutput;
    private readonly Option<string?> upstream;
    private readonly Option<bool?> dropParams = new("--drop-params") { Description = "true: parameters that the provider cannot do are left out of calls" };

    public ModelOptions(bool forChange)
    {
        var none = forChange ? "; none takes it away" : "";
        provider = new Option<string?>("--provider") { Description = "The type of provider that serves it: openai, azure, anthropic …", Required = !forChange };
        inputCost = RateOption("--input-cost-per-token", $"US dollars, like 0.00003{none}");
        outputCost = RateOption("--output-cost-per-token", $"US dollars, like 0.00006{none}");
        maxInput = CountOption("--max-input-tokens", $"The most that it takes{none}");
        maxOutput = CountOption("--max-output-tokens", $"The most that it answers{none}");
        upstream = new Option<string?>("--upstream-model") { Description = $"What the provider calls it. Without: by its name{none}" };
    }

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[provider, mode, inputCost, outputCost, prices, capabilities, maxInput, maxOutput, upstream, dropParams])
            command.Options.Add(option);
    }

    public CreateModel ReadNew(ParseResult parsed, string name) => new(
        name, parsed.GetRequiredValue(provider)!, parsed.GetValue(mode) ?? "chat", parsed.GetValue(inputCost), parsed.GetValue(outputCost),
        CommandInput.Object(parsed, prices), CommandInput.Object(parsed, capabilities), parsed.GetValue(maxInput), parsed.GetValue(maxOutput),
        parsed.GetValue(upstream), parsed.GetValue(dropParams) ?? false);

    /// <summary>Only what was named.</summary>
    public ChangeModel ReadChanges(ParseResult parsed) => new()
    {
        LitellmProvider = CommandChanges.Of(parsed, provider),
        Mode = CommandChanges.Of(parsed, mode),
        InputCostPerToken = OrNone(parsed, inputCost),
        OutputCostPerToken = OrNone(parsed, outputCost),
        Prices = CommandInput.Object(parsed, prices) is { } rates ? rates : default(Change<JsonElement>),
        Capabilities = CommandInput.Object(parsed, capabilities) is { } able ? able : default(Change<JsonElement>),
        MaxInputTokens = OrNone(parsed, maxInput),
        MaxOutputTokens = OrNone(parsed, maxOutput),
        UpstreamModel = CommandChanges.OrNone(parsed, upstream),
        DropParams = CommandChanges.Of(parsed, dropParams),
    };

    private static Change<T?> OrNone<T>(ParseResult parsed, Option<T?> option) where T : struct =>
        parsed.GetResult(option) is null ? default : new Change<T?>(parsed.GetValue(option));

    private static Option<Rate?> RateOption(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var given = result.Tokens.Single().Value;
            if (given == CommandChanges.None)
                return null;
            if (ExactDecimal.TryParse(given, out var dollars) && dollars is >= 0 and <= Rate.Most)
                return new Rate(dollars);

            result.AddError($"{name} is '{given}': expected US dollars per token like 0.00003");
            return null;
        },
    };

    private static Option<int?> CountOption(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var given = result.Tokens.Single().Value;
            if (given == CommandChanges.None)
                return null;
            if (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return count;

            result.AddError($"{name} is '{given}': expected a whole number");
            return null;
        },
    };
}
