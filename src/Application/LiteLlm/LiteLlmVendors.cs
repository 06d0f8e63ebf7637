using System.Collections.Frozen;

namespace CleanGateway.Application.LiteLlm;

/// <summary>LiteLLM's words for providers, and what becomes of them here.</summary>
internal static class LiteLlmVendors
{
    /// <param name="BaseUrl">Where it usually is; null: its deployments have to say it.</param>
    /// <param name="KeyVariable">Where LiteLLM looks for a key that a deployment does not have; null: none is needed.</param>
    public sealed record Compatible(string? BaseUrl, string? KeyVariable = null);

    /// <summary>Those that speak OpenAI's language, each at the address that its own documentation names.</summary>
    private static readonly FrozenDictionary<string, Compatible> SpeakOpenAi = new Dictionary<string, Compatible>
    {
        ["cerebras"] = new("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
        ["custom_openai"] = new(null),
        ["deepinfra"] = new("https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
        ["deepseek"] = new("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
        ["fireworks_ai"] = new("https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY"),
        ["groq"] = new("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
        ["hosted_vllm"] = new(null),
        ["litellm_proxy"] = new(null, "LITELLM_PROXY_API_KEY"),
        ["llamafile"] = new(null),
        ["lm_studio"] = new(null),
        ["mistral"] = new("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
        ["nvidia_nim"] = new("https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY"),
        ["ollama"] = new("http://localhost:11434"),
        ["ollama_chat"] = new("http://localhost:11434"),
        ["openai_like"] = new(null),
        ["openrouter"] = new("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        ["perplexity"] = new("https://api.perplexity.ai", "PERPLEXITYAI_API_KEY"),
        ["sambanova"] = new("https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
        ["together_ai"] = new("https://api.together.xyz/v1", "TOGETHERAI_API_KEY"),
        ["xai"] = new("https://api.x.ai/v1", "XAI_API_KEY"),
        ["xinference"] = new(null),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Own =
        FrozenSet.Create(StringComparer.Ordinal, "openai", "azure", "anthropic", "gemini", "vertex_ai", "vertex_ai_beta", "bedrock", "bedrock_converse");

    /// <summary>Known to LiteLLM, and nothing here speaks their language: told apart from parts of a model's name.</summary>
    private static readonly FrozenSet<string> Foreign = FrozenSet.Create(
        StringComparer.Ordinal, "ai21", "aleph_alpha", "anyscale", "assemblyai", "azure_ai", "azure_text", "baseten", "cloudflare", "codestral", "cohere",
        "cohere_chat", "databricks", "deepgram", "elevenlabs", "github", "github_copilot", "huggingface", "infinity", "jina_ai", "nlp_cloud", "oci", "petals",
        "predibase", "replicate", "sagemaker", "sagemaker_chat", "snowflake", "text-completion-codestral", "text-completion-openai", "topaz", "triton", "vllm",
        "voyage", "watsonx", "watsonx_text");

    public static Compatible? FindCompatible(string word) => SpeakOpenAi.GetValueOrDefault(word);

    public static bool IsServed(string word) => Own.Contains(word) || SpeakOpenAi.ContainsKey(word);

    public static bool IsKnown(string word) => IsServed(word) || Foreign.Contains(word);

    /// <summary>Which one LiteLLM takes for a model without a word before it, as far as names tell; null: none.</summary>
    public static string? Guess(string model) =>
        StartsWithAny(model, "gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-3", "text-embedding-ada", "ft:gpt-") ? "openai"
        : StartsWithAny(model, "claude-") ? "anthropic"
        : StartsWithAny(model, "gemini-") ? "vertex_ai"
        : StartsWithAny(model, "anthropic.", "amazon.", "meta.", "mistral.", "cohere.", "us.", "eu.", "apac.") ? "bedrock"
        : null;

    private static bool StartsWithAny(string text, params ReadOnlySpan<string> beginnings)
    {
        foreach (var beginning in beginnings)
        {
            if (text.StartsWith(beginning, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
