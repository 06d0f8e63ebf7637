using System.Text.Json;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

public class ClientTestsNodeChat(GatewayFixture gateway) : NodeClientTest(gateway)
{
    [Theory]
    [InlineData("gpt-4", "Hello there", 9, 3)]
    [InlineData("echo", "Say hello!", 2, 2)]
    public async Task A_chat_is_answered(string model, string text, int promptTokens, int completionTokens)
    {
        await ServeToAKeyAsync();

        var seen = await NodeAsync("chat", new NodeOptions(Chat: new { model }));

        var completion = seen.GetProperty("completion");
        completion.GetProperty("object").GetString().Should().Be("chat.completion");
        completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().Should().Be(text);
        completion.GetProperty("choices")[0].GetProperty("finish_reason").GetString().Should().Be("stop");
        completion.GetProperty("usage").GetProperty("total_tokens").GetInt32().Should().Be(promptTokens + completionTokens);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "ok" && logged.Model == model && logged.PromptTokens == promptTokens && logged.CompletionTokens == completionTokens);
    }

    [Fact]
    public async Task Two_environment_variables_are_enough_to_be_answered_by_the_gateway()
    {
        const string Script =
            """
            import OpenAI from 'openai';
            const answer = await new OpenAI().chat.completions.create({ model: 'echo', messages: [{ role: 'user', content: 'Hello from Node.js' }] });
            console.log(answer.choices[0].message.content);
            """;
        await NeedNodeAsync();
        await IssueKeyAsync();

        var run = await ExternalProgram.RunAsync(
            "node", ["--input-type=module", "-e", Script], Repository.Clients,
            [("OPENAI_BASE_URL", BaseUrl.ToString()), ("OPENAI_API_KEY", Key)], Stop);

        run.Output.Should().Be("Hello from Node.js\n", run.Errors);
    }

    [Fact]
    public async Task The_answer_carries_the_id_of_its_row()
    {
        await ServeToAKeyAsync();

        var seen = await NodeAsync("chat");

        seen.GetProperty("requestId").GetString().Should().StartWith("req_").And.Be((await LoggedAsync()).RequestId);
    }

    [Fact]
    public async Task The_clients_own_headers_and_parameters_go_where_they_belong()
    {
        await ServeToAKeyAsync();

        await NodeAsync(
            "chat", new NodeOptions(Chat: new { temperature = 0.7, metadata = new { team = "blue" }, user = "user-1", of_our_own = new[] { 1, 2 } }));

        Upstream.Request.Headers["Authorization"].Should().Be("Bearer sk-upstream-secret");
        Upstream.Request.Headers.Keys.Should().NotContain(name => name.StartsWith("X-Stainless", StringComparison.OrdinalIgnoreCase));
        Upstream.Request.Json.GetProperty("temperature").GetRawText().Should().Be("0.7");
        Upstream.Request.Json.GetProperty("metadata").GetRawText().Should().Be("""{"team":"blue"}""");
        Upstream.Request.Json.GetProperty("of_our_own").GetRawText().Should().Be("[1,2]");
        var logged = await LoggedAsync();
        logged.UserId.Should().Be("user-1");
        logged.Headers.Should().Contain("\"x-stainless-lang\":\"js\"").And.NotContain(Key);
    }

    [Fact]
    public async Task Tool_calls_go_back_and_forth_until_there_is_an_answer()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Scripts.CallToolsAsync;

        var seen = await NodeAsync("run-tools");

        seen.GetProperty("cities").EnumerateArray().Select(city => city.GetString()).Should().Equal("Paris", "Rome");
        seen.GetProperty("content").GetString().Should().Be("Hello there");
        Upstream.Requests.Should().HaveCount(2);
        Upstream.Requests[1].Json.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString())
            .Should().Equal("user", "assistant", "tool", "tool");
    }

    [Fact]
    public async Task The_models_are_those_the_key_may_call()
    {
        await ServeAsync();
        await IssueKeyAsync();
        await IssueKeyAsync("narrow", models: ["echo"]);

        var all = await NodeAsync("models");
        var few = await NodeAsync("models", key: "narrow");

        all.GetProperty("models").EnumerateArray().Should().OnlyContain(model =>
            model.GetProperty("object").GetString() == "model" && model.GetProperty("created").ValueKind == JsonValueKind.Number
            && model.GetProperty("owned_by").GetString() != "");
        Ids(all).Should().Contain(["gpt-4", "echo"]);
        Ids(few).Should().Equal("echo");

        static IEnumerable<string?> Ids(JsonElement seen) =>
            seen.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("gpt-4")]
    [InlineData("meta-llama/Llama-3.1-8B")]
    public async Task A_model_is_found_by_its_name(string name)
    {
        await ServeToAKeyAsync(name);

        var seen = await NodeAsync("models", new NodeOptions(Model: name));

        seen.TryGetProperty("error", out var error).Should().BeFalse(error.ToString());
        seen.GetProperty("model").GetProperty("id").GetString().Should().Be(name);
        seen.GetProperty("model").GetProperty("object").GetString().Should().Be("model");
    }
}
