using System.Net;
using System.Text;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>The fakes refuse what the providers refuse: an adapter that sends it would otherwise look well.</summary>
public class ClientTestsFakeRefusals(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Weather = """{"name":"w","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}""";
    private const string Use = """{"type":"tool_use","id":"t1","name":"w","input":{}}""";
    private const string Result = """{"type":"tool_result","tool_use_id":"t1","content":"18C"}""";
    private const string Thinking = """ "thinking":{"type":"enabled","budget_tokens":1024},""";

    [Theory]
    [InlineData("""{"model":"c","messages":[{"role":"user","content":"x"}]}""", "max_tokens: Field required")]
    [InlineData("""{"model":"c","max_tokens":9,"n":1,"messages":[{"role":"user","content":"x"}]}""", "n: Extra inputs are not permitted")]
    [InlineData("""{"model":"c","max_tokens":9,"messages":[{"role":"user","content":""}]}""", "text content blocks must be non-empty")]
    [InlineData("""{"model":"c","max_tokens":9,"messages":[{"role":"user","content":["""
        + """{"type":"text","text":"x","name":"y"}]}]}""", "messages.0.content.0.text.name")]
    [InlineData("""{"model":"c","max_tokens":9,"messages":[{"role":"assistant","content":"x"}]}""", "first message must use the \"user\" role")]
    [InlineData("""{"model":"c","max_tokens":9,"temperature":1,"top_p":1,"messages":[{"role":"user","content":"x"}]}""", "cannot both be specified")]
    [InlineData($$"""{"model":"c","max_tokens":9,"tools":[{{Weather}}],"messages":[{"role":"user","content":"x"},{"role":"assistant","content":["""
        + $$"""{{Use}}]},{"role":"user","content":"y"}]}""", "without `tool_result` blocks immediately after: t1")]
    [InlineData($$"""{"model":"c","max_tokens":9,"tools":[{{Weather}}],"messages":[{"role":"user","content":"x"},{"role":"assistant","content":["""
        + $$"""{{Use}}]},{"role":"user","content":[{"type":"text","text":"y"},{{Result}}]}]}""",
        "without `tool_result` blocks immediately after: t1")]
    [InlineData($$"""{"model":"c","max_tokens":9,"messages":[{"role":"user","content":[{{Result}}]}]}""", "unexpected `tool_use_id`")]
    [InlineData($$"""{"model":"c","max_tokens":2000,{{Thinking}}"tools":[{{Weather}}],"messages":[{"role":"user","content":"x"},"""
        + $$"""{"role":"assistant","content":[{{Use}}]},{"role":"user","content":[{{Result}}]}]}""",
        "Expected `thinking` or `redacted_thinking`, but found `tool_use`")]
    [InlineData($$"""{"model":"c","max_tokens":2000,{{Thinking}}"tools":[{{Weather}}],"messages":[{"role":"user","content":"x"},"""
        + $$"""{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"s"},{{Use}}]},"""
        + $$"""{"role":"user","content":[{{Result}}]}]}""",
        "Invalid `signature` in `thinking` block")]
    [InlineData($$"""{"model":"c","max_tokens":900,{{Thinking}}"messages":["""
        + $$"""{"role":"user","content":"x"}]}""", "`max_tokens` must be greater than `thinking.budget_tokens`")]
    public async Task Anthropic_refuses(string body, string because)
    {
        await using var anthropic = new FakeAnthropic();

        await ShouldBeRefusedAsync(anthropic, "/v1/messages", body, because, ("x-api-key", FakeAnthropic.Key), ("anthropic-version", "2023-06-01"));
    }

    [Theory]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}],"max_tokens":9}""", "Unknown name \"max_tokens\": Cannot find field.")]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}],"generation_config":"""
        + """{"max_output_tokens":9,"stop":["x"]}}""", "Unknown name \"stop\" at 'generation_config'")]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"w","parameters":"""
        + """{"type":"OBJECT","properties":{"c":{"type":"STRING"}},"additionalProperties":false}}]}]}""", "Unknown name \"additionalProperties\"")]
    [InlineData("""{"contents":[{"role":"model","parts":[{"text":"x"}]}]}""", "starting with user")]
    [InlineData("""{"contents":[{"role":"assistant","parts":[{"text":"x"}]}]}""", "valid role: user, model")]
    [InlineData("""{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"a"}},{"functionCall":"""
        + """{"name":"b"}}]},{"role":"user","parts":[{"functionResponse":{"name":"a","response":{}}}]}]}""", "number of function response parts")]
    [InlineData("""{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"a"}}]},"""
        + """{"role":"user","parts":[{"functionResponse":{"name":"a","response":{}}}]}]}""", "missing a thought_signature")]
    [InlineData("""{"contents":[{"role":"user","parts":[{"text":"x","functionCall":{"name":"a"}}]}]}""", "oneof field")]
    public async Task Gemini_refuses(string body, string because)
    {
        await using var gemini = new FakeGemini();

        await ShouldBeRefusedAsync(gemini, "/v1beta/models/gemini-3-pro:generateContent", body, because, ("x-goog-api-key", FakeGemini.Key));
    }

    [Fact]
    public async Task Gemini_takes_a_call_whose_signature_is_said_to_be_lost()
    {
        await using var gemini = new FakeGemini();
        const string Body =
            """
            {"contents":[
              {"role":"user","parts":[{"text":"x"}]},
              {"role":"model","parts":[{"functionCall":{"name":"a"},"thought_signature":"skip_thought_signature_validator"}]},
             {"role":"user","parts":[{"functionResponse":{"name":"a","response":{"output":"18C"}}}]}]}
            """;

        var answer = await SendAsync(gemini, "/v1beta/models/gemini-3-pro:generateContent", Body, ("x-goog-api-key", FakeGemini.Key));

        (await answer.Content.ReadAsStringAsync(Stop)).Should().Contain("It is 18C by a.");
    }

    [Fact]
    public async Task Gemini_streams_an_array_to_who_does_not_ask_for_events()
    {
        await using var gemini = new FakeGemini();

        var answer = await SendAsync(
            gemini, "/v1beta/models/gemini-3-pro:streamGenerateContent", """{"contents":[{"parts":[{"text":"x"}]}]}""", 
            ("x-goog-api-key", FakeGemini.Key));

        var events = (await JsonAsync(answer)).EnumerateArray()
            .Select(one => one.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts")[0].GetProperty("text").GetString());
        string.Concat(events).Should().Be(Told.Hello);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]},{"role":"user","content":["""
        + """{"text":"x"}]}]}""", "alternate between user and assistant")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":" "}]}]}""", "is blank")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x","cachePoint":{"type":"default"}}]}]}""", "a union has exactly one")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]}],"max_tokens":9}""", "extraneous key [max_tokens]")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"},{"document":{"name":"a.pdf","format":"pdf","source":"""
        + """{"bytes":"AAAA"}}}]}]}""", "document file name")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[{"toolUse":"""
        + """{"toolUseId":"t1","name":"w","input":{}}}]},"""
        + """{"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"text":"18C"}]}}]}]}""",
        "toolConfig field must be defined")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[{"toolUse":"""
        + """{"toolUseId":"t1","name":"w","input":{}}}]},{"role":"user","content":[{"text":"18C"}]}]}""",
        "Expected toolResult blocks at messages.2.content for the following Ids: t1")]
    public async Task Bedrock_refuses(string body, string because)
    {
        await using var bedrock = new FakeBedrock();

        await ShouldBeRefusedAsync(bedrock, "/model/anthropic.claude-x/converse", body, because, ("Authorization", $"Bearer {FakeBedrock.ApiKey}"));
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"top_k":3}""", "Unrecognized request argument supplied: top_k")]
    [InlineData("""{"messages":[{"role":"tool","tool_call_id":"t1","content":"x"}]}""", "must be a response to a preceeding message")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"stream_options":{"include_usage":true}}""", "only allowed when")]
    public async Task Azure_refuses(string body, string because)
    {
        await using var azure = new FakeAzure();

        await ShouldBeRefusedAsync(
            azure, "/openai/deployments/chat-eu/chat/completions?api-version=2024-10-21", body, because, ("api-key", FakeAzure.Key));
    }

    private async Task ShouldBeRefusedAsync(
        FakeProvider provider, string path, string body, string because, params (string Name, string Value)[] headers)
    {
        var answer = await SendAsync(provider, path, body, headers);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var said = await JsonAsync(answer);
        (said.Get("error").Text("message") ?? said.Text("message")).Should().Contain(because);
    }

    private Task<HttpResponseMessage> SendAsync(FakeProvider provider, string path, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(provider.Url, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        return Client(key: null).SendAsync(request, Stop);
    }
}
