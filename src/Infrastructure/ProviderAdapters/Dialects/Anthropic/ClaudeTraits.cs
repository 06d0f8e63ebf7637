using CleanGateway.Application.Inference;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// What a Claude model takes of the Messages API. Read from the catalogue and the operator's own words first, then from
/// the table <c>claude-models.json</c>: its names are LiteLLM's where LiteLLM has one.
/// </summary>
internal sealed record ClaudeTraits
{
    private static readonly string[] NotTaken =
        ["Extra inputs are not permitted", "not supported", "does not support", "deprecated", "cannot both be specified", "may only be set to 1"];

    /// <summary><c>temperature</c>, <c>top_p</c> and <c>top_k</c>.</summary>
    public bool Sampling { get; init; }

    /// <summary>The model can think before it answers.</summary>
    public bool Thinks { get; init; }

    /// <summary>It decides itself how long it thinks.</summary>
    public bool AdaptiveThinking { get; init; }

    /// <summary>It is told how many tokens it may think.</summary>
    public bool ThinkingBudgets { get; init; }

    /// <summary>It can be told to think between calls of tools alone.</summary>
    public bool ThinkingBetweenTools { get; init; }

    /// <summary>Thinking can be turned off, as long as no effort beyond <c>high</c> is asked for.</summary>
    public bool ThinkingCanBeOff { get; init; }

    /// <summary>The words of <c>output_config.effort</c> that it takes; empty when it takes none.</summary>
    public IReadOnlyList<string> Efforts { get; init; } = [];

    /// <summary>It can be made to call a tool.</summary>
    public bool ForcedTools { get; init; }

    /// <summary>It keeps to a JSON schema in answers and, where that is strict, in calls.</summary>
    public bool NativeFormat { get; init; }
    public bool Tools { get; init; }
    public bool Pictures { get; init; }
    public bool Documents { get; init; }

    /// <summary>Takes the thoughts of earlier turns back; not when it has just refused them.</summary>
    public bool TakesThoughts { get; init; }

    /// <summary>The output cap of a call that has none.</summary>
    public long UsualOutput { get; init; }

    /// <summary>The most that it answers; null when that is only assumed.</summary>
    public long? MostOutput { get; init; }

    public static ClaudeTraits Of(InferenceTarget target)
    {
        var known = ClaudeModels.Find(target.UpstreamModel, out var isAssumed);
        var efforts = known.Words("reasoning_efforts") ?? [];
        var thinks = Can("supports_reasoning") ?? true;
        var most = known.Number("max_output_tokens")!.Value;
        return new ClaudeTraits
        {
            Sampling = Can("supports_sampling_params") ?? false,
            Thinks = thinks,
            AdaptiveThinking = thinks && Can("supports_adaptive_thinking") == true,
            ThinkingBudgets = thinks && Can("supports_thinking_budget") == true,
            ThinkingBetweenTools = Can("supports_thinking_between_tools") == true,
            ThinkingCanBeOff = (target.Capabilities.Word("thinking_off") ?? known.Word("thinking_off")) is "always" or "up_to_high",
            Efforts = target.Capabilities.Words("reasoning_efforts")
                ?? [.. efforts.Where(word => target.Capabilities.Can($"supports_{word}_reasoning_effort") != false)],
            ForcedTools = (Can("supports_forced_tool_choice") ?? true) && Can("supports_tool_choice") != false,
            NativeFormat = Can("supports_native_structured_output") == true,
            Tools = Can("supports_function_calling") != false,
            Pictures = Can("supports_vision") != false,
            Documents = Can("supports_pdf_input") != false,
            TakesThoughts = thinks,
            UsualOutput = target.MaxOutputTokens ?? most,
            MostOutput = target.MaxOutputTokens ?? (isAssumed ? null : most),
        };

        bool? Can(string name) => target.Capabilities.Can(name) ?? known.Can(name);
    }

    /// <summary>What is left after a refusal that tells of something the model or the place does not take.</summary>
    /// <returns>Null when it tells of nothing that can be left out.</returns>
    public ClaudeTraits? After(UpstreamFailure failure)
    {
        var after = this;
        var isNotTaken = NotTaken.Any(failure.Mentions);
        if (isNotTaken && (failure.Mentions("temperature") || failure.Mentions("top_p") || failure.Mentions("top_k")))
            after = after with { Sampling = false };
        if (isNotTaken && (failure.Mentions("output_config") || failure.Mentions("output_format") || failure.Mentions(".strict")))
            after = after with { NativeFormat = false, Efforts = [] };
        if (isNotTaken && failure.Mentions("effort"))
            after = after with { Efforts = [] };

        // Thoughts that another model or account has signed, those that should be there and are not, and those that stood elsewhere.
        if (failure.Mentions("thinking")
            && (failure.Mentions("signature") || failure.Mentions("Expected") || failure.Mentions("cannot be modified")))
            after = after with { TakesThoughts = false };
        return after == this ? null : after;
    }
}
