using System.Text.Json.Nodes;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

internal static class GeminiJson
{
    /// <summary>The same JSON, whatever the order of members and the spelling.</summary>
    public static void ShouldEqual(this JsonNode? actual, JsonNode? expected, string because) =>
        JsonNode.DeepEquals(actual, expected).Should().BeTrue("{0} must be\n{1}\nand is\n{2}", because, expected?.ToJsonString(), actual?.ToJsonString());
}
