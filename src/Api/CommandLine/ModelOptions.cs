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
    private readonly Option<Said<decimal>?> inputCost;
    private readonly Option<Said<decimal>?> outputCost;
    private readonly Option<string?> prices = new("--prices") { Description = "Other rates, as a JSON object under the names of LiteLLM's catalogue" };
    private readonly Option<string?> capabilities = new("--capabilities") { Description = """What it can do, as a JSON object: {"supports_vision": true}""" };
    private readonly Option<Said<int>?> maxInput;
    private readonly Option<Said<int>?> maxOutput;
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
        name, parsed.GetRequiredValue(provider)!, parsed.GetValue(mode) ?? "chat", RateOf(parsed, inputCost), RateOf(parsed, outputCost),
        CommandInput.Object(parsed, prices), CommandInput.Object(parsed, capabilities), parsed.GetValue(maxInput)?.Value, parsed.GetValue(maxOutput)?.Value,
        parsed.GetValue(upstream), parsed.GetValue(dropParams) ?? false);

    /// <summary>Only what was named.</summary>
    public ChangeModel ReadChanges(ParseResult parsed) => new()
    {
        LitellmProvider = CommandChanges.Of(parsed, provider),
        Mode = CommandChanges.Of(parsed, mode),
        InputCostPerToken = RateOrNone(parsed, inputCost),
        OutputCostPerToken = RateOrNone(parsed, outputCost),
        Prices = CommandInput.Object(parsed, prices) is { } rates ? rates : default(Change<JsonElement>),
        Capabilities = CommandInput.Object(parsed, capabilities) is { } able ? able : default(Change<JsonElement>),
        MaxInputTokens = OrNone(parsed, maxInput),
        MaxOutputTokens = OrNone(parsed, maxOutput),
        UpstreamModel = CommandChanges.OrNone(parsed, upstream),
        DropParams = CommandChanges.Of(parsed, dropParams),
    };

    private static Change<T?> OrNone<T>(ParseResult parsed, Option<Said<T>?> option) where T : struct =>
        parsed.GetValue(option) is { } said ? new Change<T?>(said.Value) : default;

    private static Rate? RateOf(ParseResult parsed, Option<Said<decimal>?> option) => parsed.GetValue(option)?.Value is { } dollars ? new Rate(dollars) : null;

    private static Change<Rate?> RateOrNone(ParseResult parsed, Option<Said<decimal>?> option) =>
        parsed.GetResult(option) is null ? default : new Change<Rate?>(RateOf(parsed, option));

    private static Option<Said<decimal>?> RateOption(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var given = result.Tokens.Single().Value;
            if (given == CommandChanges.None)
                return new Said<decimal>(null);
            if (ExactDecimal.TryParse(given, out var dollars) && dollars is >= 0 and <= Rate.Most)
                return new Said<decimal>(dollars);

            result.AddError($"{name} is '{given}': expected US dollars per token like 0.00003");
            return null;
        },
    };

    private static Option<Said<int>?> CountOption(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var given = result.Tokens.Single().Value;
            if (given == CommandChanges.None)
                return new Said<int>(null);
            if (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return new Said<int>(count);

            result.AddError($"{name} is '{given}': expected a whole number");
            return null;
        },
    };

    /// <summary>What an option was given: the library cannot hand over a value that is there and null.</summary>
    private sealed record Said<T>(T? Value) where T : struct;
}
