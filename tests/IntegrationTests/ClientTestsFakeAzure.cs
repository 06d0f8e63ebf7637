using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>The fake of Azure OpenAI by itself, called by OpenAI's library, made for Azure and as it is.</summary>
public class ClientTestsFakeAzure(GatewayFixture gateway) : NodeClientTest(gateway)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_answer_is_one(bool classic)
    {
        await using var azure = new FakeAzure();

        var completion = (await AskAsync(azure, classic, "chat", new NodeOptions())).GetProperty("completion");

        completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().Should().Be(Told.Hello);
        completion.GetProperty("model").GetString().Should().Be(AzureAnswer.Model);
        completion.GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(27);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_stream_is_one_that_begins_with_nothing(bool classic)
    {
        await using var azure = new FakeAzure();

        var seen = await AskAsync(azure, classic, "stream", new NodeOptions(Chat: new { stream_options = new { include_usage = true } }));

        seen.GetProperty("text").GetString().Should().Be(Told.Hello);
        seen.GetProperty("chunks")[0].GetProperty("id").GetString().Should().BeEmpty();
        seen.GetProperty("chunks")[0].GetProperty("choices").GetArrayLength().Should().Be(0);
        seen.GetProperty("chunks").EnumerateArray().Last().GetProperty("usage").GetProperty("completion_tokens").GetInt32().Should().Be(7);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Its_tool_calls_are_some(bool classic, bool stream)
    {
        await using var azure = new FakeAzure();

        var seen = await AskAsync(azure, classic, "run-tools", new NodeOptions(Stream: stream));

        seen.GetProperty("cities").GetArrayLength().Should().Be(2);
        seen.GetProperty("content").GetString().Should().Be(Told.Weather);
    }

    [Fact]
    public async Task It_sees_pictures_and_keeps_to_schemas()
    {
        await using var azure = new FakeAzure();
        var picture = new { type = "image_url", image_url = new { url = "data:image/png;base64," + Told.Png } };
        var messages = new[] { new { role = "user", content = new[] { picture } } };

        (await AskAsync(
            azure, true, "chat", new NodeOptions(Chat: new { messages }))).GetProperty("completion").GetProperty("choices")[0].GetProperty("message")
            .GetProperty("content").GetString().Should().Be(Told.Picture);
        var format = new { type = "json_schema", json_schema = new { name = "place", strict = true, schema = Told.Schema } };
        (await AskAsync(
            azure,
            true,
            "chat",
            new NodeOptions(Chat: new { response_format = format }))).GetProperty("completion").GetProperty("choices")[0].GetProperty("message")
            .GetProperty("content").GetString().Should().Be(Told.Json);
    }

    [Fact]
    public async Task It_embeds()
    {
        await using var azure = new FakeAzure();

        var seen = await AskAsync(azure, true, "embeddings", new NodeOptions(Model: FakeAzure.EmbeddingDeployment));

        seen.GetProperty("embeddings").GetProperty("data")[1].GetProperty("embedding").Deserialize<float[]>().Should()
            .Equal(Embedding.Of("Good night moon"));
    }

    [Fact]
    public async Task Its_errors_are_some()
    {
        await using var azure = new FakeAzure();

        azure.Next(new ModelScript(FakeAzure.PromptFiltered));
        var filtered = await AskAsync(azure, true, "chat", new NodeOptions());
        filtered.GetProperty("error").GetProperty("code").GetString().Should().Be("content_filter");

        var unknown = await AskAsync(azure, true, "chat", new NodeOptions(Model: "nothing"));
        unknown.GetProperty("error").GetProperty("code").GetString().Should().Be("DeploymentNotFound");

        var strange = await NodeAsync("azure", new NodeOptions(Way: "chat"), "nobody", azure.Url);
        strange.GetProperty("error").GetProperty("status").GetInt32().Should().Be(401);
    }

    private Task<JsonElement> AskAsync(FakeAzure azure, bool classic, string script, NodeOptions options) => classic
        ? NodeAsync("azure", options with { Way = script }, FakeAzure.Key, azure.Url)
        : NodeAsync(script, options with { Chat = Merge(options.Chat) }, FakeAzure.Key, new Uri(azure.Url, "/openai/v1"));

    private static Dictionary<string, JsonElement> Merge(object? chat) =>
        new(JsonSerializer.SerializeToElement(chat ?? new { }).EnumerateObject().ToDictionary(member => member.Name, member => member.Value))
        {
            ["model"] = JsonSerializer.SerializeToElement(FakeAzure.Deployment),
        };
}
