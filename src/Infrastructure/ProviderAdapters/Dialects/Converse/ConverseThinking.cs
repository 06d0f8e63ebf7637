using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>How a model is told how much to think; each family has fields of its own for that.</summary>
internal sealed class ConverseThinking
{
    private const long LeastBudget = 1024;

    private readonly Dictionary<string, Action<Utf8JsonWriter>> fields = new(StringComparer.Ordinal);

    /// <param name="isForced">A tool has to be called: Claude does not think before such a call.</param>
    /// <param name="lacksThoughts">The history ends with calls whose thoughts are not known; where Claude thinks to a budget, it wants them.</param>
    public ConverseThinking(ParsedChat chat, ChatRequest request, BedrockModel model, bool isForced, bool lacksThoughts, UnsaidParams unsaid)
    {
        // Claude's own parameter, as LiteLLM's clients send it, is said as it stands.
        if (chat["thinking"] is { } own)
        {
            if (!model.IsClaude)
                unsaid.Add("thinking");
            else
                SayOwn(own.Require("thinking", JsonValueKind.Object), request.MaxTokens, isForced, lacksThoughts, unsaid);
            return;
        }

        if (chat.ReasoningEffort is not { } effort)
            return;

        if (effort is not ("none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max"))
            throw ChatJson.Wrong("reasoning_effort", effort, "none, minimal, low, medium, high, xhigh or max");

        switch (model.Reasoning)
        {
            case "claude":
                SayToClaude(effort, request, model, isForced, lacksThoughts, unsaid);
                break;
            case "effort" when effort != "none":
                fields["reasoning_effort"] = json => json.WriteStringValue(OfThree(effort));
                break;
            case "effort_object":
                fields["reasoning"] = json => Write(json, "effort", effort);
                break;
            case "nova":
                SayToNova(effort, chat, request, unsaid);
                break;
            default:
                unsaid.Add("reasoning_effort", $"this model cannot be told how much to think. {ConverseRequest.WayOut}");
                break;
        }
    }

    /// <summary>The model thinks before it answers; Claude then takes no sampling parameters.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Claude's effort; null when none is said.</summary>
    public string? Effort { get; private set; }

    /// <summary>Of <c>additionalModelRequestFields</c>.</summary>
    public IReadOnlyDictionary<string, Action<Utf8JsonWriter>> Fields => fields;

    /// <summary>A caller's own <c>thinking</c>, whose budget has to be part of the output cap and less than it.</summary>
    /// <returns>Null when the cap leaves no room to think.</returns>
    public static Action<Utf8JsonWriter>? Within(JsonElement own, long? cap)
    {
        if (cap is not { } most || own.Given("budget_tokens") is not { ValueKind: JsonValueKind.Number } budget || budget.GetDouble() < most)
            return own.WriteTo;
        if (most <= LeastBudget)
            return null;

        return json =>
        {
            json.WriteStartObject();
            foreach (var member in own.EnumerateObject().Where(member => member.Name != "budget_tokens"))
                member.WriteTo(json);
            json.WriteNumber("budget_tokens", most - 1);
            json.WriteEndObject();
        };
    }

    private void SayOwn(JsonElement own, long? cap, bool isForced, bool lacksThoughts, UnsaidParams unsaid)
    {
        var isBudget = own.Text("type", "thinking.type") == "enabled";
        IsOn = own.Text("type", "thinking.type") != "disabled";
        var within = Within(own, cap);
        if (within is null || (IsOn && (isForced || (isBudget && lacksThoughts))))
        {
            IsOn = false;
            unsaid.AddDropped("thinking");
        }
        else
        {
            fields["thinking"] = within;
        }
    }

    private void SayToClaude(string effort, ChatRequest request, BedrockModel model, bool isForced, bool lacksThoughts, UnsaidParams unsaid)
    {
        if (model.ThinksAdaptively)
            SayAdaptively(effort, model, isForced, unsaid);
        else if (!model.ThinksToBudget)
            unsaid.Add("reasoning_effort", $"this model does not think before it answers. {ConverseRequest.WayOut}");
        else if (effort != "none")
            SayBudget(effort, request.MaxTokens, isForced || lacksThoughts, unsaid);
    }

    private void SayAdaptively(string effort, BedrockModel model, bool isForced, UnsaidParams unsaid)
    {
        if (effort == "none" && model.CanStopThinking)
        {
            fields["thinking"] = json => Write(json, "type", "disabled");
            return;
        }

        if (effort == "none")
            unsaid.AddDropped("reasoning_effort");
        Effort = model.Effort(effort);
        IsOn = !isForced;
        if (IsOn)
            fields["thinking"] = json => Write(json, "type", "adaptive");
    }

    // The budget is part of the output cap and less than it. The cap is the caller's or the gateway's word, so it stays.
    private void SayBudget(string effort, long? cap, bool isImpossible, UnsaidParams unsaid)
    {
        long wanted = effort switch
        {
            "medium" => 2048,
            "high" => 4096,
            "xhigh" => 8192,
            "max" => 16384,
            _ => LeastBudget,
        };
        if (isImpossible || cap <= LeastBudget)
        {
            unsaid.AddDropped("reasoning_effort");
            return;
        }

        IsOn = true;
        fields["thinking"] = json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "enabled");
            json.WriteNumber("budget_tokens", cap <= wanted ? cap.Value - 1 : wanted);
            json.WriteEndObject();
        };
    }

    // Amazon Nova 2: with the highest effort the model sets its own limits and takes no others.
    private void SayToNova(string effort, ParsedChat chat, ChatRequest request, UnsaidParams unsaid)
    {
        if (effort == "none")
        {
            fields["reasoningConfig"] = json => Write(json, "type", "disabled");
            return;
        }

        var level = OfThree(effort);
        if (level == "high" && (request.MaxTokens is not null || chat["temperature"] is not null || chat["top_p"] is not null))
        {
            level = "medium";
            unsaid.AddDropped("reasoning_effort");
        }

        fields["reasoningConfig"] = json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "enabled");
            json.WriteString("maxReasoningEffort", level);
            json.WriteEndObject();
        };
    }

    private static string OfThree(string effort) => effort switch
    {
        "minimal" => "low",
        "xhigh" or "max" => "high",
        _ => effort,
    };

    private static void Write(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject();
        json.WriteString(name, value);
        json.WriteEndObject();
    }
}
