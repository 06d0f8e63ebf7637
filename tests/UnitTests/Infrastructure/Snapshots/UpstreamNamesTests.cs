using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.Snapshots;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

public class UpstreamNamesTests
{
    [Theory]
    [InlineData("openai", "openai")]
    [InlineData("bedrock", "bedrock")]
    [InlineData("bedrock_converse", "bedrock")]
    [InlineData("vertex_ai-language-models", "vertex_ai")]
    [InlineData("vertex_ai-anthropic_models", "vertex_ai")]
    [InlineData("azure_ai", "azure_ai")]
    public void The_catalogues_finer_words_are_types_of_provider(string word, string type) => UpstreamNames.ProviderType(word).Should().Be(type);

    [Theory]
    [InlineData("openai", "gpt-4o", "gpt-4o")]
    [InlineData("openai", "openai/gpt-4o", "gpt-4o")]
    [InlineData("openai_compatible", "meta-llama/Llama-3-70b", "meta-llama/Llama-3-70b")]
    [InlineData("gemini", "gemini/gemini-2.5-pro", "gemini-2.5-pro")]
    [InlineData("vertex_ai-anthropic_models", "vertex_ai/claude-opus-4-1@20250805", "claude-opus-4-1@20250805")]
    [InlineData("vertex_ai-language-models", "gemini-2.5-pro", "gemini-2.5-pro")]
    [InlineData("bedrock_converse", "anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("bedrock", "bedrock/us-east-1/anthropic.claude-v1", "anthropic.claude-v1")]
    [InlineData("bedrock", "bedrock/arn:aws:bedrock:us-east-1:1:inference-profile/us.x", "arn:aws:bedrock:us-east-1:1:inference-profile/us.x")]
    [InlineData("azure", "azure/eu/gpt-4o-2024-08-06", "gpt-4o-2024-08-06")]
    [InlineData("anthropic", "anthropic/", "anthropic/")]
    public void A_model_is_asked_for_by_the_name_its_provider_knows(string provider, string name, string upstream) =>
        UpstreamNames.Of(Model.Load(default, name, provider, 1, 1, "chat", DateTimeOffset.UnixEpoch)).Should().Be(upstream);
}
