using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>What models think before they answer, and that those get it back who want it.</summary>
public class ProviderTestsReasoning(GatewayFixture gateway) : ProviderTest(gateway)
{
    /// <summary>Those whose users can see thoughts; with: streamed.</summary>
    public static MatrixTheoryData<string, string, bool> ThoseThatTell =>
        new(ProviderCases.That(Ability.TellsThoughts), ClientNames.Except([OpenAiNuGet]), WholeAndStreamed);

    [Theory]
    [MemberData(nameof(ThoseThatTell))]
    public async Task Thoughts_are_told(string kind, string client, bool stream)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);

        var heard = await ClientOf(client).AskAsync(new Ask(Model, stream, Thinks: true));

        heard.Error.Should().BeNull();
        heard.Thinking.Should().Be(DefaultModel.Thought);
        heard.Text.Should().Be(Told.Hello);
        await ShouldBeBookedAsync(one, one.Usual(thinks: true));
    }

    /// <summary>With: streamed.</summary>
    public static MatrixTheoryData<string, string, bool> ThoseThatThink =>
        new(ProviderCases.That(Ability.TakesEffort), ClientNames, WholeAndStreamed);

    // OpenAI's libraries bring nothing back but the calls: the gateway remembers the rest.
    [Theory]
    [MemberData(nameof(ThoseThatThink))]
    public async Task Whoever_thought_before_it_called_tools_goes_on_from_there(string kind, string client, bool stream)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);

        var heard = await ClientOf(client).UseToolsAsync(new Ask(Model, stream, Thinks: true));

        heard.Error.Should().BeNull();
        heard.Calls.Should().Equal("""{"city":"Paris"}""", """{"city":"Rome"}""", "{}");
        heard.Text.Should().Be(Told.Weather);
        await ShouldBeBookedAsync(one, one.Usual(thinks: true), one.Usual(thinks: true));
        if (one.Signature is { } signature)
            provider.Requests[1].Body.Should().Contain(signature).And.NotContain(GeminiRules.NoSignature);
    }

    public static TheoryData<string> ThoseThatWantThoughtsBack => [.. ProviderCases.That(Ability.WantsThoughtsBack)];

    [Theory]
    [MemberData(nameof(ThoseThatWantThoughtsBack))]
    public async Task Thoughts_that_the_caller_brings_back_need_no_memory(string kind)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        var said = await SayAsync(provider);
        var renamed = said.ToJsonString().Replace("call_", "elsewhere_", StringComparison.Ordinal);

        using var response = await AnswerAsync(JsonNode.Parse(renamed)!);

        ((int)response.StatusCode).Should().Be(200, await response.Content.ReadAsStringAsync(Stop));
        response.Headers.Contains("x-gateway-dropped-params").Should().BeFalse();
        provider.Requests[1].Body.Should().Contain(one.Signature);
    }

    [Theory]
    [MemberData(nameof(ThoseThatWantThoughtsBack))]
    public async Task Whose_thoughts_are_lost_is_answered_all_the_same(string kind)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        var said = await SayAsync(provider);
        var calls = said["tool_calls"]!.AsArray().Select(call => (JsonNode)new JsonObject
        {
            ["id"] = call!["id"]!.DeepClone(), ["type"] = "function", ["function"] = call["function"]!.DeepClone(),
        });
        var bare = new JsonObject { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = new JsonArray([.. calls]) };
        var renamed = bare.ToJsonString().Replace("call_", "elsewhere_", StringComparison.Ordinal);

        using var response = await AnswerAsync(JsonNode.Parse(renamed)!);

        ((int)response.StatusCode).Should().Be(200, await response.Content.ReadAsStringAsync(Stop));
        provider.Requests[1].Body.Should().NotContain(one.Signature);
    }

    // The first round: the message with the calls.
    private async Task<JsonNode> SayAsync(FakeProvider provider)
    {
        using var response = await PostAsync(Request([]));
        provider.Requests.Should().HaveCount(1);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Stop))!["choices"]![0]!["message"]!;
    }

    private Task<HttpResponseMessage> AnswerAsync(JsonNode said) => PostAsync(Request(
    [
        said.DeepClone(),
        .. said["tool_calls"]!.AsArray().Select(call => (JsonNode)new JsonObject
        {
            ["role"] = "tool", ["tool_call_id"] = call!["id"]!.DeepClone(), ["content"] = "18C",
        }),
    ]));

    private static string Request(JsonNode[] more) => new JsonObject
    {
        ["model"] = Model,
        ["reasoning_effort"] = "low",
        ["max_completion_tokens"] = 4000,
        ["messages"] = new JsonArray([new JsonObject { ["role"] = "user", ["content"] = "How is the weather in Paris?" }, .. more]),
        ["tools"] = JsonNode.Parse(
            """
            [{"type":"function","function":{"name":"get_weather",
              "parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]
            """),
    }.ToJsonString();
}
