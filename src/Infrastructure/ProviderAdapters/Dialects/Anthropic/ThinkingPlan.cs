using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>How a model is told to think.</summary>
/// <param name="Mode">The <c>type</c> of <c>thinking</c>; null leaves it to the model.</param>
/// <param name="Budget">Tokens to think, with the mode <c>enabled</c>.</param>
/// <param name="Effort">The word of <c>output_config.effort</c>; null leaves it to the model.</param>
internal sealed record ThinkingPlan(string? Mode = null, long Budget = 0, string? Effort = null)
{
    /// <summary>The least that may be thought (Anthropic's own limit).</summary>
    public const long LeastBudget = 1024;

    private const string Name = "reasoning_effort";
    private static readonly string[] Efforts = ["low", "medium", "high", "xhigh", "max"];

    private static readonly ThinkingPlan Unsaid = new();

    /// <summary>The caller's own <c>thinking</c>, in Anthropic's words: it takes the place of what the plan would say.</summary>
    public JsonElement? Own { get; private init; }

    /// <summary>It was asked to think: sampling is no longer the caller's.</summary>
    public bool IsAsked => Mode is "adaptive" or "enabled";

    /// <param name="maxTokens">The output cap, thinking included.</param>
    /// <param name="forcesTool">A tool has to be called: models do not think before that.</param>
    /// <param name="lacksThoughts">The tools' results answer calls whose thoughts are lost: with a budget they would have to be there.</param>
    /// <exception cref="GatewayException">What is asked for is no effort.</exception>
    public static ThinkingPlan For(
        ParsedChat chat, ClaudeTraits traits, long maxTokens, bool forcesTool, bool lacksThoughts, UnsaidParams unsaid)
    {
        if (chat["thinking"] is { } own)
            return Given(own.Require("thinking", JsonValueKind.Object), maxTokens, lacksThoughts, unsaid);

        switch (chat.ReasoningEffort)
        {
            case null:
                return Unsaid;
            case "none":
                return Off(traits);
            case var effort when effort is not "minimal" && !Efforts.Contains(effort):
                throw ChatJson.Wrong(Name, effort, "none, minimal, low, medium, high, xhigh or max");
            case var effort when !traits.Thinks:
                unsaid.Add(Name, $"the model does not think. Leave it out instead of '{effort}', or set drop_params for the key or the model.");
                return Unsaid;
            case var effort when traits.AdaptiveThinking || !traits.ThinkingBudgets:
                return Adaptive(effort, traits, forcesTool, lacksThoughts, unsaid);
            case var effort:
                return Budgeted(effort, maxTokens, forcesTool || lacksThoughts, unsaid);
        }
    }

    public void WriteThinking(Utf8JsonWriter json)
    {
        if (Own is { } own)
        {
            json.WritePropertyName("thinking");
            own.WriteTo(json);
        }
        else if (Mode is not null)
        {
            json.WriteStartObject("thinking");
            json.WriteString("type", Mode);
            if (Mode == "enabled")
                json.WriteNumber("budget_tokens", Budget);
            json.WriteEndObject();
        }
    }

    // As the caller has it, with a budget that the output cap has room for: the gateway or the model may have lowered that.
    private static ThinkingPlan Given(JsonElement own, long maxTokens, bool lacksThoughts, UnsaidParams unsaid)
    {
        var mode = own.NeedText("type", "thinking.type");
        if (mode != "enabled")
            return new ThinkingPlan(mode) { Own = own };

        if (maxTokens <= LeastBudget || lacksThoughts)
        {
            unsaid.AddDropped("thinking");
            return Unsaid;
        }

        if (own.Given("budget_tokens") is not { ValueKind: JsonValueKind.Number } budget || !budget.TryGetInt64(out var asked) || asked < maxTokens)
            return new ThinkingPlan(mode) { Own = own };

        var lowered = JsonObject.Create(own)!;
        lowered["budget_tokens"] = maxTokens - 1;
        return new ThinkingPlan(mode) { Own = JsonSerializer.SerializeToElement(lowered) };
    }

    private static ThinkingPlan Off(ClaudeTraits traits) => traits switch
    {
        { Thinks: false } => Unsaid,
        { ThinkingCanBeOff: true } => new ThinkingPlan("disabled"),
        { ThinkingBetweenTools: true } => new ThinkingPlan("between_tools", Effort: Nearest("low", traits.Efforts)),
        _ => new ThinkingPlan(Effort: Nearest("low", traits.Efforts)),
    };

    // Models that decide themselves do without thoughts that are lost, but not without those that were just refused.
    private static ThinkingPlan Adaptive(string effort, ClaudeTraits traits, bool forcesTool, bool lacksThoughts, UnsaidParams unsaid)
    {
        var isRefused = lacksThoughts && !traits.TakesThoughts;
        if (isRefused)
            unsaid.AddDropped(Name);
        var mode = traits.AdaptiveThinking && !forcesTool && !isRefused ? "adaptive" : null;
        return new ThinkingPlan(mode, Effort: Nearest(effort, traits.Efforts));
    }

    // The cap is the caller's, and may be the gateway's: the budget keeps within it and leaves as much again for the answer.
    private static ThinkingPlan Budgeted(string effort, long maxTokens, bool cannot, UnsaidParams unsaid)
    {
        var budget = effort switch
        {
            "minimal" or "low" => LeastBudget,
            "medium" => 2048,
            "high" => 4096,
            "xhigh" => 8192,
            _ => 16384,
        };
        if (maxTokens <= budget)
            budget = Math.Max(LeastBudget, maxTokens / 2);
        if (!cannot && maxTokens > budget)
            return new ThinkingPlan("enabled", budget);

        unsaid.AddDropped(Name);
        return Unsaid;
    }

    // The next below, or the least there is.
    private static string? Nearest(string effort, IReadOnlyList<string> known)
    {
        var wanted = Math.Max(Array.IndexOf(Efforts, effort), 0);
        return Efforts.Take(wanted + 1).LastOrDefault(known.Contains) ?? Efforts.FirstOrDefault(known.Contains);
    }
}
