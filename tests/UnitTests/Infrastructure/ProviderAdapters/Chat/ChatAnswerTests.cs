using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Chat;

/// <summary>One answer, said whole and said in chunks.</summary>
public class ChatAnswerTests
{
    [Fact]
    public void The_chunks_put_together_are_the_whole()
    {
        var (whole, chunks) = (new WholeChat(), new ChatChunks());
        foreach (var answer in new ChatAnswer[] { whole, chunks })
            SayEverything(answer);
        chunks.End();

        var transcript = new ChatTranscript();
        foreach (var chunk in Taken(chunks.Events))
            transcript.Add(Encoding.UTF8.GetBytes(chunk));

        var (together, expected) = (JsonNode.Parse(transcript.ToJson().Span)!.AsObject(), JsonNode.Parse(whole.ToJson().Span)!.AsObject());
        foreach (var choice in together["choices"]!.AsArray().Concat(expected["choices"]!.AsArray()))
        {
            // What only one of the two forms has: indexes of calls, and members that are null.
            foreach (var call in choice!["message"]!["tool_calls"]?.AsArray() ?? [])
                call!.AsObject().Remove("index");
            choice["message"]!.AsObject().Remove("refusal");
        }

        JsonNode.DeepEquals(together, expected).Should().BeTrue("{0} should be {1}", together.ToJsonString(), expected.ToJsonString());
    }

    [Fact]
    public void A_stream_begins_each_choice_with_its_role_and_ends_with_the_usage()
    {
        var chunks = new ChatChunks { Usage = new ChatUsage(9, 3) { CachedTokens = 4 } };
        chunks.Begin("c1", "m", 7);
        chunks.Text(0, "Hi");
        var call = chunks.Call(0, "call_1", "w");
        chunks.EndCall(0, call);
        chunks.Finish(0, "tool_calls");
        chunks.End();

        Taken(chunks.Events).Should().Equal(
            Chunk("""{"role":"assistant","content":""}""", "null"),
            Chunk("""{"content":"Hi"}""", "null"),
            Chunk("""{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"w","arguments":""}}]}""", "null"),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}""", "null"),
            Chunk("{}", "\"tool_calls\""),
            """{"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":0}}}""");
        chunks.Events.Terminated.Should().BeTrue();
    }

    [Fact]
    public void Only_the_role_is_no_content_and_everything_else_is()
    {
        var request = Chats.Read(Chats.HelloStream);
        var chunks = new ChatChunks();
        chunks.Begin("c1", "m", 7);
        SayEverything(chunks);
        chunks.End();

        var kinds = Taken(chunks.Events).Select(chunk => Encoding.UTF8.GetBytes(chunk)).Select(chunk => request.HasContent(chunk, request.Read(chunk)));
        kinds.Count(hasContent => !hasContent).Should().Be(3, "two choices have a role, and one has probabilities of words that came before");
    }

    private static void SayEverything(ChatAnswer answer)
    {
        answer.Begin("c1", "m", 7);
        answer.Reasoning(0, "Let me ");
        answer.Reasoning(0, "think");
        answer.Thinking(0, new ThinkingBlock("Let me think", "sig", null));
        answer.Thinking(0, new ThinkingBlock(null, null, "hidden"));
        answer.Text(0, "Hel");
        answer.Text(0, "lo \"you\"\n\u2028");
        answer.Text(1, "Other");
        answer.Citation(0, "https://example.com", "Example", 0, 5);
        answer.Picture(0, new Media("image/png", "AAAA"));
        var first = answer.Call(0, "call_1", "w", """{"google":{"thought_signature":"s"}}"""u8.ToArray());
        answer.Arguments(0, first, "{\"a\":");
        answer.Arguments(0, first, "1}");
        answer.EndCall(0, first);
        var second = answer.Call(0, "call_2", "v");
        answer.EndCall(0, second);
        answer.Logprobs(1, JsonElement.Parse("""[{"token":"O","logprob":-0.1,"bytes":null,"top_logprobs":[]}]"""));
        answer.HasCalls(0).Should().BeTrue();
        answer.HasCalls(1).Should().BeFalse();
        answer.Finish(0, "tool_calls");
        answer.Finish(1, "length");
        answer.Usage = new ChatUsage(100, 20)
        {
            CachedTokens = 10, CacheWriteTokens = 5, CacheWrite1hTokens = 6, AudioInputTokens = 1, ImageInputTokens = 2, ReasoningTokens = 7, WebSearches = 1,
            InferenceGeo = "us", Speed = "fast", ServiceTier = "priority",
        };
    }

    private static string Chunk(string delta, string reason) =>
        $$"""{"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":{{reason}}}]}""";

    private static List<string> Taken(AnswerEvents events)
    {
        var taken = new List<string>();
        while (events.TryTake(out var json, out _))
            taken.Add(Chats.Text(json));
        return taken;
    }
}
