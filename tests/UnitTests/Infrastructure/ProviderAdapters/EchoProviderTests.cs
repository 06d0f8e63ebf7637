using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class EchoProviderTests
{
    private readonly ManualTime clock = new();

    [Theory]
    [InlineData("""[{"role":"user","content":"Hello dear world"}]""", "Hello dear world", 3)]
    [InlineData("""[{"role":"system","content":"Be kind"},{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":"three four"}]""", "three four", 6)]
    [InlineData("""[{"role":"user","content":"first"},{"role":"assistant","content":"last"}]""", "first", 2)]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"look at"},{"type":"image_url","image_url":{"url":"x"}},{"type":"text","text":"this"}]}]""", "look at this", 3)]
    [InlineData("""[{"role":"user","content":"  many \n\t spaces  "}]""", "many spaces", 2)]
    [InlineData("""[{"role":"user","content":"größe 😀 \"quoted\" \\ \u0007"}]""", "größe 😀 \"quoted\" \\ \u0007", 5)]
    [InlineData("""[{"role":"user","content":null}]""", "", 0)]
    [InlineData("""[{"role":"user"}]""", "", 0)]
    [InlineData("""[{"role":"user","content":""}]""", "", 0)]
    [InlineData("""[{"role":"assistant","content":"no one asked"}]""", "", 3)]
    [InlineData("""[{"role":5,"content":7},{}]""", "", 0)]
    [InlineData("""[{"role":"user","content":[7,"text",null,{"text":5},{"type":"text"}]}]""", "", 0)]
    [InlineData("""[{"role":"user","content":"half \ud800 a pair"}]""", "", 0)]
    public async Task It_says_what_the_user_said_last_and_counts_words_as_tokens(string messages, string said, int promptTokens)
    {
        var answer = await AnswerAsync($$"""{"model":"echo","messages":{{messages}}}""");

        answer["choices"]![0]!["message"]!["content"]!.GetValue<string>().Should().Be(said);
        var completionTokens = said.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        Usage(answer).Should().Be((promptTokens, completionTokens, promptTokens + completionTokens));
    }

    [Fact]
    public async Task Its_answer_is_a_whole_chat_completion()
    {
        var completed = (InferenceOutcome.Completed)await SendAsync("""{"model":"my-echo","messages":[{"role":"user","content":"Hi"}]}""");

        var answer = JsonNode.Parse(completed.Json.Span)!;
        answer["id"]!.GetValue<string>().Should().StartWith("chatcmpl-");
        answer["id"] = "chatcmpl-x";
        answer.ToJsonString().Should().Be(
            $$$"""
            {"id":"chatcmpl-x","object":"chat.completion","created":{{{clock.GetUtcNow().ToUnixTimeSeconds()}}},"model":"echo",
            "choices":[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},"logprobs":null,"finish_reason":"stop"}],
            "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
            """.Replace("\n", "", StringComparison.Ordinal));
        (completed.Usage.Usage!.Value.PromptTokens, completed.Usage.Usage.Value.CompletionTokens, completed.Model).Should().Be((1, 1, "echo"));
    }

    [Theory]
    [InlineData("max_tokens", 2, "one two", "length")]
    [InlineData("max_completion_tokens", 1, "one", "length")]
    [InlineData("max_tokens", 3, "one two three", "stop")]
    [InlineData("max_tokens", 2147483647, "one two three", "stop")]
    public async Task An_output_cap_cuts_it_off(string cap, int most, string said, string reason)
    {
        var answer = await AnswerAsync($$"""{"model":"echo","{{cap}}":{{most}},"messages":[{"role":"user","content":"one two three"}]}""");

        answer["choices"]![0]!["message"]!["content"]!.GetValue<string>().Should().Be(said);
        answer["choices"]![0]!["finish_reason"]!.GetValue<string>().Should().Be(reason);
    }

    [Theory]
    [InlineData("one two three", "")]
    [InlineData("one two three", "\"max_tokens\":2,")]
    [InlineData("single", "")]
    [InlineData("", "")]
    public async Task Streamed_it_says_the_same_one_word_at_a_time(string content, string cap)
    {
        var whole = await AnswerAsync($$"""{"model":"echo",{{cap}}"messages":[{"role":"user","content":"{{content}}"}]}""");
        var chunks = await StreamAsync($$"""{"model":"echo",{{cap}}"stream":true,"messages":[{"role":"user","content":"{{content}}"}]}""");

        chunks.Select(chunk => chunk["id"]!.ToString()).Distinct().Should().ContainSingle();
        chunks.Should().OnlyContain(chunk => chunk["object"]!.ToString() == "chat.completion.chunk" && chunk["model"]!.ToString() == "echo");
        chunks[0]["choices"]![0]!["delta"]!["role"]!.ToString().Should().Be("assistant");

        var deltas = chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => choice!["delta"]!["content"]?.ToString() ?? "").ToList();
        string.Concat(deltas).Should().Be(whole["choices"]![0]!["message"]!["content"]!.ToString());
        deltas.Should().OnlyContain(delta => delta.Trim().Split(' ').Length == 1, "a word at a time");

        chunks[^2]["choices"]![0]!["finish_reason"]!.ToString().Should().Be(whole["choices"]![0]!["finish_reason"]!.ToString());
        chunks[^1]["choices"]!.AsArray().Should().BeEmpty();
        Usage(chunks[^1]).Should().Be(Usage(whole));
        chunks.SkipLast(1).Should().OnlyContain(chunk => chunk["usage"] == null);
    }

    [Fact]
    public async Task More_choices_than_one_are_refused()
    {
        var refused = (InferenceOutcome.Refused)await SendAsync("""{"model":"echo","n":2,"messages":[{"role":"user","content":"Hi"}]}""");

        (refused.Error.Kind, refused.Error.Param, refused.MayBeBilled).Should().Be((GatewayErrorKind.Invalid, "n", false));
    }

    [Fact]
    public async Task For_a_caller_who_has_left_nothing_is_said()
    {
        var sending = () => new EchoProvider(clock).SendAsync(Chats.Read(Chats.Hello), Chats.Target("echo"), new CancellationToken(canceled: true));

        await sending.Should().ThrowAsync<OperationCanceledException>();
    }

    private Task<InferenceOutcome> SendAsync(string json) =>
        new EchoProvider(clock).SendAsync(Chats.Read(json), Chats.Target("echo"), TestContext.Current.CancellationToken);

    private async Task<JsonNode> AnswerAsync(string json) => JsonNode.Parse(((InferenceOutcome.Completed)await SendAsync(json)).Json.Span)!;

    private async Task<List<JsonNode>> StreamAsync(string json)
    {
        var chunks = new List<JsonNode>();
        await using var events = ((InferenceOutcome.Streaming)await SendAsync(json)).Events;
        while (await events.MoveNextAsync())
            chunks.Add(JsonNode.Parse(events.Current.Span)!);

        (events.Terminated, events.Error).Should().Be((true, null));
        return chunks;
    }

    private static (int Prompt, int Completion, int Total) Usage(JsonNode answer)
    {
        var usage = answer["usage"].Deserialize<Dictionary<string, int>>()!;
        return (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]);
    }
}
