using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using OpenAI.Chat;

namespace CleanGateway.IntegrationTests;

public class ClientTestsDotNetChat(GatewayFixture gateway) : DotNetClientTest(gateway)
{
    private static readonly ChatTool GetWeather = ChatTool.CreateFunctionTool(
        "get_weather", "The weather in a city.", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}"""));

    [Theory]
    [InlineData("gpt-4", "Hello there", 9, 3)]
    [InlineData("echo", "Say hello!", 2, 2)]
    public async Task A_chat_is_answered(string model, string text, int promptTokens, int completionTokens)
    {
        await ServeToAKeyAsync();

        var completion = (await Chat(model).CompleteChatAsync(Hello, cancellationToken: Stop)).Value;

        completion.Content[0].Text.Should().Be(text);
        completion.FinishReason.Should().Be(ChatFinishReason.Stop);
        completion.Usage.InputTokenCount.Should().Be(promptTokens);
        completion.Usage.OutputTokenCount.Should().Be(completionTokens);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "ok" && logged.PromptTokens == promptTokens);
    }

    [Fact]
    public async Task The_answer_carries_the_id_of_its_row()
    {
        await ServeToAKeyAsync();

        var result = await Chat().CompleteChatAsync(Hello, cancellationToken: Stop);

        result.GetRawResponse().Headers.TryGetValue("X-Request-ID", out var id).Should().BeTrue();
        id.Should().Be((await LoggedAsync()).RequestId);
    }

    [Theory]
    [InlineData("gpt-4", "Hello there", 12)]
    [InlineData("echo", "Say hello!", 4)]
    public async Task A_stream_is_read_to_its_usage(string model, string text, int totalTokens)
    {
        await ServeToAKeyAsync();

        var (heard, updates) = await ReadAsync(Chat(model).CompleteChatStreamingAsync(Hello, cancellationToken: Stop));

        heard.Should().Be(text);
        updates[0].Role.Should().Be(ChatMessageRole.Assistant);
        updates.Select(update => update.FinishReason).OfType<ChatFinishReason>().Should().Equal(ChatFinishReason.Stop);
        updates[^1].Usage.TotalTokenCount.Should().Be(totalTokens, "this client always asks for it");
        (await LoggedAsync()).Outcome.Should().Be("ok");
    }

    [Fact]
    public async Task A_stream_is_read_without_tasks_too()
    {
        await ServeToAKeyAsync();

        var updates = await Task.Run(() => Chat().CompleteChatStreaming(Hello, cancellationToken: Stop).ToList(), Stop);

        string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)).Should().Be("Hello there");
    }

    [Fact]
    public async Task Tool_calls_are_understood()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.CallToolsAsync;

        var completion = (await Chat().CompleteChatAsync(Hello, new ChatCompletionOptions { Tools = { GetWeather } }, Stop)).Value;
        var answers = completion.ToolCalls.Select(call => new ToolChatMessage(call.Id, "Sunny"));
        var after = (await Chat().CompleteChatAsync([.. Hello, new AssistantChatMessage(completion), .. answers], cancellationToken: Stop)).Value;

        completion.FinishReason.Should().Be(ChatFinishReason.ToolCalls);
        completion.ToolCalls.Select(call => (call.Id, call.FunctionName, call.FunctionArguments.ToString())).Should().Equal(
            ("call_1", "get_weather", """{"city":"Paris"}"""), ("call_2", "get_weather", """{"city":"Rome"}"""));
        after.Content[0].Text.Should().Be("Hello there");
    }

    [Fact]
    public async Task Streamed_tool_calls_are_put_together()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.CallToolsAsync;

        var (_, updates) = await ReadAsync(Chat().CompleteChatStreamingAsync(Hello, new ChatCompletionOptions { Tools = { GetWeather } }, Stop));

        updates.SelectMany(update => update.ToolCallUpdates).GroupBy(call => call.Index).Select(pieces => (
                pieces.First().ToolCallId, pieces.First().FunctionName,
                Arguments: string.Concat(pieces.Select(piece => piece.FunctionArgumentsUpdate?.ToString()))))
            .Should().Equal(("call_1", "get_weather", """{"city":"Paris"}"""), ("call_2", "get_weather", """{"city":"Rome"}"""));
        updates.Select(update => update.FinishReason).OfType<ChatFinishReason>().Should().Equal(ChatFinishReason.ToolCalls);
    }

    [Fact]
    public async Task The_models_client_lists_and_finds_models()
    {
        await ServeToAKeyAsync();
        var models = OpenAi().GetOpenAIModelClient();

        var list = (await models.GetModelsAsync(Stop)).Value;
        var one = (await models.GetModelAsync("gpt-4", Stop)).Value;

        list.Select(model => model.Id).Should().Contain(["gpt-4", "echo"]);
        one.Id.Should().Be("gpt-4");
        one.OwnedBy.Should().Be("openai");
    }
}
