using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Embeddings with OpenAI's .NET library, which asks for them as base64.</summary>
public class ClientTestsDotNetEmbeddings(GatewayFixture gateway) : DotNetClientTest(gateway)
{
    [Fact]
    public async Task Vectors_are_read()
    {
        await IssueKeyAsync();
        await ServeAsync();
        await SqlAsync("INSERT INTO models (model_name, litellm_provider, mode, input_cost_per_token) VALUES ('embed-x', 'openai', 'embedding', 0.00002)");
        await Gateway.SettledAsync();
        Upstream.Answer = call => call.RespondAsync(
            200, """{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAoL8="}],"model":"embed-x","usage":{"prompt_tokens":8,"total_tokens":8}}""");

        var vectors = (await OpenAi().GetEmbeddingClient("embed-x").GenerateEmbeddingsAsync(["Say hello!"], cancellationToken: Stop)).Value;

        vectors.Single().ToFloats().ToArray().Should().Equal(0.5f, -1.25f);
        vectors.Usage.InputTokenCount.Should().Be(8);
        Upstream.Request.Json.GetProperty("encoding_format").GetString().Should().Be("base64");
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "ok" && logged.PromptTokens == 8 && logged.Cost == 0.00016m);
    }
}
