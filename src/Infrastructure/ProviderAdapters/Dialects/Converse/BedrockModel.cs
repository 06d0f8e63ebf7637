using System.Collections.Frozen;
using System.Text.Json;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Models;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>
/// What a model on Bedrock can do: what the catalogue or the operator says of it, over <c>bedrock-models.json</c>, whose first
/// row with a name that the model's contains counts, over <c>bedrock-families.json</c>. An ARN that does not tell which model
/// it is has the capability <c>base_model</c> for that.
/// </summary>
internal sealed class BedrockModel
{
    private static readonly FrozenDictionary<string, ModelCapabilities> Families = Load("bedrock-families.json").EnumerateObject()
        .ToFrozenDictionary(family => family.Name, family => ModelCapabilities.Parse(family.Value.GetRawText()), StringComparer.Ordinal);

    private static readonly IReadOnlyList<(string Match, ModelCapabilities Traits)> Rows =
        [.. Load("bedrock-models.json").EnumerateArray().Select(ReadRow)];

    private readonly ModelCapabilities traits;

    private BedrockModel(InferenceTarget target)
    {
        var name = target.Capabilities.Word("base_model") ?? target.UpstreamModel;
        traits = target.Capabilities.Over(
            Rows.FirstOrDefault(row => name.Contains(row.Match, StringComparison.OrdinalIgnoreCase)).Traits ?? ModelCapabilities.None);
    }

    public static BedrockModel Of(InferenceTarget target) => new(target);

    /// <summary>The row lets callers send a member of Converse that can have a price or a reach of its own.</summary>
    public bool Allows(string member) => member switch
    {
        "performanceConfig" => traits.Can("supports_performance_config") ?? false,
        "guardrailConfig" => traits.Can("supports_guardrail_config") ?? false,
        _ => true,
    };

    /// <summary>Its own API is Anthropic's.</summary>
    public bool IsClaude => Reasoning == "claude";

    public bool CallsTools => traits.Can("supports_function_calling") ?? true;

    /// <summary>It can be made to call a tool; others decide that themselves.</summary>
    public bool CanForceTools => CallsTools && (traits.Can("supports_forced_tools") ?? traits.Can("supports_tool_choice") ?? true);

    public bool CanLimitCalls => traits.Can("supports_parallel_tool_use_config") ?? false;

    public bool HasStrictTools => traits.Can("bedrock_converse_supports_strict_tools") ?? false;

    /// <summary>Tool calls have ids of exactly nine letters and digits.</summary>
    public bool HasMistralToolIds => traits.Word("tool_ids") == "mistral";

    public bool HasNativeSchemas => traits.Can("supports_native_structured_output") ?? false;

    public bool TakesSystem => traits.Can("supports_system_messages") ?? true;

    public bool TakesPictures => traits.Can("supports_vision") ?? true;

    public bool TakesPdf => traits.Can("supports_pdf_input") ?? true;

    /// <summary>Few do, so that what is not known is no.</summary>
    public bool TakesSound => traits.Can("supports_audio_input") ?? false;

    public bool CachesPrompts => traits.Can("supports_prompt_caching") ?? true;

    public bool CachesTools => CachesPrompts && (traits.Can("supports_tool_caching") ?? true);

    public bool TakesSampling => traits.Can("supports_sampling_params") ?? true;

    public bool TakesTemperatureWithTopP => traits.Can("supports_temperature_with_top_p") ?? true;

    /// <summary>Where <c>top_k</c> stands; null where there is no such thing.</summary>
    public string? TopKField => traits.Word("top_k") is not { } told ? "top_k" : told == "none" ? null : told;

    /// <summary>How it is told how much to think: <c>claude</c>, <c>nova</c>, <c>effort</c>, <c>effort_object</c>; null: it cannot be told.</summary>
    public string? Reasoning => traits.Word("reasoning");

    /// <summary>Claude: it is told how hard to think, and decides itself how much that is.</summary>
    public bool ThinksAdaptively => traits.Can("supports_adaptive_thinking") ?? false;

    /// <summary>Claude: it is told how many tokens it may think.</summary>
    public bool ThinksToBudget => traits.Can("supports_budget_thinking") ?? false;

    public bool CanStopThinking => traits.Can("supports_disabled_thinking") ?? true;

    /// <summary>Whose request for vectors it takes: <c>titan</c> or <c>cohere</c>; null when none that is known.</summary>
    public string? Embeddings => traits.Word("embeddings");

    /// <summary>The length of vectors can be chosen.</summary>
    public bool TakesDimensions => traits.Can("supports_dimensions") ?? true;

    /// <summary>The hardest that can be asked for of what is at most the one wanted.</summary>
    /// <param name="wanted">In the words of <c>reasoning_effort</c>.</param>
    public string Effort(string wanted)
    {
        string[] all = ["low", "medium", "high", "xhigh", "max"];
        var ceiling = Array.IndexOf(all, traits.Word("bedrock_output_config_effort_ceiling"));
        var most = Math.Min(ceiling < 0 ? all.Length - 1 : ceiling, Math.Max(Array.IndexOf(all, wanted), 0));
        while (all[most] is "xhigh" or "max" && traits.Can($"supports_{all[most]}_reasoning_effort") != true)
            most--;
        return all[most];
    }

    private static (string Match, ModelCapabilities Traits) ReadRow(JsonElement row)
    {
        var traits = ModelCapabilities.Parse(row.GetRawText());
        return (row.GetProperty("match").GetString()!, traits.Word("like") is { } family ? traits.Over(Families[family]) : traits);
    }

    private static JsonElement Load(string file)
    {
        using var stream = typeof(BedrockModel).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not part of the assembly.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
