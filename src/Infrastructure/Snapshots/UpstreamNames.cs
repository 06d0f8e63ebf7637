using CleanGateway.Domain.Models;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>
/// What the catalogue's names mean to a provider. LiteLLM's catalogue divides some vendors into several words and puts a
/// path before many models' names, by which providers do not know them.
/// </summary>
internal static class UpstreamNames
{
    /// <summary>The type of provider that serves a model of this catalogue word.</summary>
    public static string ProviderType(string litellmProvider) => litellmProvider switch
    {
        "bedrock_converse" => "bedrock",
        "vertex_ai_beta" => "vertex_ai",
        "azure_text" => "azure",
        "text-completion-openai" => "openai",
        _ when litellmProvider.StartsWith("vertex_ai-", StringComparison.Ordinal) => "vertex_ai",
        _ => litellmProvider,
    };

    /// <summary>What the provider calls the model where the row does not say it.</summary>
    public static string Of(Model model)
    {
        var name = model.ModelName;
        var type = ProviderType(model.LitellmProvider);
        if (WithoutPrefix(name, model.LitellmProvider) is not { } bare && (bare = WithoutPrefix(name, type)) is null)
            return name;

        // bedrock/us-east-1/anthropic.claude…, bedrock/converse/…, azure/eu/gpt-4o …: what is left of the last slash says
        // where or how, not which. Elsewhere a slash is part of the name.
        return type is "bedrock" or "azure" && !bare.StartsWith("arn:", StringComparison.Ordinal) ? bare[(bare.LastIndexOf('/') + 1)..] : bare;
    }

    private static string? WithoutPrefix(string name, string prefix) =>
        name.Length > prefix.Length + 1 && name.StartsWith(prefix, StringComparison.Ordinal) && name[prefix.Length] == '/' ? name[(prefix.Length + 1)..] : null;
}
