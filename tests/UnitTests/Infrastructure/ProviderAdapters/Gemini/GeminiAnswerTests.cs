using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

public sealed class GeminiAnswerTests : IDisposable
{
    private readonly GeminiCalls gemini = new();

    [Theory]
    [InlineData("STOP", "stop")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("CONTINUATION", "length")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("RECITATION", "content_filter")]
    [InlineData("BLOCKLIST", "content_filter")]
    [InlineData("PROHIBITED_CONTENT", "content_filter")]
    [InlineData("SPII", "content_filter")]
    [InlineData("LANGUAGE", "content_filter")]
    [InlineData("IMAGE_SAFETY", "content_filter")]
    [InlineData("IMAGE_PROHIBITED_CONTENT", "content_filter")]
    [InlineData("IMAGE_RECITATION", "content_filter")]
    [InlineData("MALFORMED_FUNCTION_CALL", "stop")]
    [InlineData("UNEXPECTED_TOOL_CALL", "stop")]
    [InlineData("OTHER", "stop")]
    [InlineData("NO_IMAGE", "stop")]
    [InlineData("FINISH_REASON_UNSPECIFIED", "stop")]
    [InlineData("SOMETHING_NEW", "stop")]
    public async Task Every_end_has_one_of_OpenAIs_reasons(string theirs, string ours)
    {
        var answer = $$"""{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"{{theirs}}"}]}""";

        gemini.Whole(answer)["choices"]![0]!["finish_reason"]!.GetValue<string>().Should().Be(ours);
        (await gemini.StreamAsync($"data: {answer}\n\n")).Chunks[^1]["choices"]![0]!["finish_reason"]!.GetValue<string>().Should().Be(ours);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(",{\"index\":1,\"content\":{\"parts\":[{\"text\":\"Ho\"}]}}", false)]
    [InlineData(",{\"index\":1,\"finishReason\":\"STOP\"}", true)]
    public async Task A_stream_is_complete_when_all_candidates_that_were_asked_for_have_ended(string second, bool isComplete)
    {
        var answer = $$"""{"candidates":[{"index":0,"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}{{second}}]}""";

        var stream = await gemini.StreamAsync($"data: {answer}\n\n", GeminiCalls.WithTools.Replace("\"n\":3", "\"n\":2", StringComparison.Ordinal));

        stream.Terminated.Should().Be(isComplete);
    }

    [Fact]
    public async Task A_blocked_prompt_is_complete_however_many_candidates_were_asked_for() =>
        (await gemini.StreamAsync("data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n", GeminiCalls.WithTools)).Terminated.Should().BeTrue();

    [Theory]
    [InlineData("MALFORMED_FUNCTION_CALL")]
    [InlineData("UNEXPECTED_TOOL_CALL")]
    [InlineData("TOO_MANY_TOOL_CALLS")]
    [InlineData("MALFORMED_RESPONSE")]
    public async Task A_call_that_the_model_could_not_spell_is_the_providers_failure(string reason)
    {
        var answer = $$"""{"candidates":[{"content":{"parts":[{"text":"hm","thought":true}]},"finishReason":"{{reason}}","finishMessage":"no"}]}""";

        gemini.TryWhole(answer, out var failure);
        gemini.Dialect().KindOf(null, failure!).Should().Be(UpstreamErrorKind.Failed);

        (await gemini.StreamAsync($"data: {answer}\n\n")).Failure.Should().Be(failure);
    }

    [Theory]
    [InlineData("""{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":3,"totalTokenCount":18}""", 10, 8, 3)]
    [InlineData("""{"promptTokenCount":10,"candidatesTokenCount":8,"thoughtsTokenCount":3,"totalTokenCount":18}""", 10, 8, 3)]
    [InlineData("""{"promptTokenCount":10,"toolUsePromptTokenCount":4,"candidatesTokenCount":8,"thoughtsTokenCount":3,"totalTokenCount":25}""", 14, 11, 3)]
    [InlineData("""{"promptTokenCount":10,"thoughtsTokenCount":3,"totalTokenCount":13}""", 10, 3, 3)]
    [InlineData("""{"promptTokenCount":"10","totalTokenCount":"10"}""", 10, 0, 0)]
    public void Thoughts_are_counted_once(string usage, int prompt, int completion, int reasoning)
    {
        var counted = gemini.Whole($$"""{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{{usage}}}""")["usage"]!;

        counted["prompt_tokens"]!.GetValue<int>().Should().Be(prompt);
        counted["completion_tokens"]!.GetValue<int>().Should().Be(completion);
        counted["total_tokens"]!.GetValue<int>().Should().Be(prompt + completion);
        counted["completion_tokens_details"]!["reasoning_tokens"]!.GetValue<int>().Should().Be(reasoning);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"usageMetadata\":{\"trafficType\":\"ON_DEMAND\"}")]
    public void What_is_not_counted_is_not_said(string usage) =>
        gemini.Whole($$"""{"candidates":[{"finishReason":"STOP"}]{{usage}}}""")["usage"].Should().BeNull();

    [Theory]
    [InlineData("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\"}]}}]}\n\n")]
    [InlineData("data: {\"candidates\":[{\"finishReason\":\"STOP\"},{\"index\":1,\"content\":{\"parts\":[{\"text\":\"Hel\"}]}}]}\n\n")]
    [InlineData("data: {\"usageMetadata\":{\"promptTokenCount\":1}}\n\n")]
    [InlineData("")]
    public async Task A_stream_that_ends_without_a_reason_has_broken_off(string events)
    {
        var stream = await gemini.StreamAsync(events);

        stream.Terminated.Should().BeFalse();
        stream.Chunks.Should().NotContain(chunk => chunk["usage"] != null);
    }

    [Theory]
    [InlineData("data: {\"error\":{\"code\":503,\"message\":\"The model is overloaded.\",\"status\":\"UNAVAILABLE\"}}\n\n", false)]
    [InlineData("data: [{\"error\":{\"code\":503,\"message\":\"The model is overloaded.\",\"status\":\"UNAVAILABLE\"}}]\n\n", false)]
    [InlineData("{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"The model is overloaded.\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n", true)]
    [InlineData("[{\r\n \"error\":{\"code\":503,\"message\":\"The model is overloaded.\",\"status\":\"UNAVAILABLE\"}}\r\n]", true)]
    public async Task An_error_in_the_middle_of_a_stream_is_one_in_whichever_way_it_stands_there(string error, bool framed)
    {
        var text = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\"}]}}]}\r\n\r\n" + error;
        foreach (var size in new[] { 1, 7, 1000 })
        {
            var stream = await gemini.StreamAsync(Encoding.UTF8.GetBytes(text).Chunk(size).Select(piece => (ReadOnlyMemory<byte>)piece));

            stream.Chunks.Should().HaveCount(2);
            stream.FramedError.Should().Be(framed);
            stream.Failure!.Message.Should().Be("The model is overloaded.");
            gemini.Dialect().KindOf(null, stream.Failure).Should().Be(UpstreamErrorKind.Overloaded);
        }
    }

    [Fact]
    public void An_error_in_the_place_of_an_answer_is_one()
    {
        gemini.TryWhole("""[{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED"}}]""", out var failure);

        gemini.Dialect().KindOf(null, failure!).Should().Be(UpstreamErrorKind.RateLimited);
    }

    [Theory]
    [InlineData("""{"candidates":[{"index":"x"}]}""")]
    [InlineData("""{"candidates":[{"finishReason":"STOP","content":{"parts":[{"inlineData":{"mimeType":"audio/wav","data":"?"}}]}}]}""")]
    [InlineData("""{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":"many"}}""")]
    public void What_is_not_Googles_language_is_no_answer(string answer)
    {
        var read = () => gemini.TryWhole(answer, out _);

        read.Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData("\"groundingMetadata\":{\"webSearchQueries\":7}")]
    [InlineData("\"groundingMetadata\":{\"groundingSupports\":[{\"groundingChunkIndices\":[\"x\"]}]}")]
    [InlineData("\"citationMetadata\":{\"citations\":[{\"uri\":\"https://a.example\",\"endIndex\":\"99999999999999999999\"}]}")]
    public async Task What_is_not_Googles_language_is_met_at_the_end_of_a_stream_too(string member)
    {
        var read = () => gemini.StreamAsync("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]},\"finishReason\":\"STOP\"," + member + "}]}\n\n");

        await read.Should().ThrowAsync<JsonException>();
    }

    [Fact]
    public void A_call_without_an_id_gets_one_that_is_not_sent_back()
    {
        var answer = gemini.Whole("""{"candidates":[{"content":{"parts":[{"functionCall":{"name":"now"}},{"functionCall":{"name":"now"}}]},"finishReason":"STOP"}]}""");

        var ids = answer["choices"]![0]!["message"]!["tool_calls"]!.AsArray().Select(call => call!["id"]!.GetValue<string>()).ToList();
        ids.Should().OnlyHaveUniqueItems().And.AllSatisfy(id => id.Should().MatchRegex("^call_gw_[0-9a-f]{32}$"));
        answer["id"]!.GetValue<string>().Should().StartWith("chatcmpl-");
        answer["model"]!.GetValue<string>().Should().Be("gemini-2.5-pro");
        answer["created"]!.GetValue<long>().Should().Be(GeminiCalls.Now.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task What_is_spoken_comes_in_pieces_that_make_one_recording()
    {
        var (first, second) = (new byte[] { 1, 2, 3, 4 }, new byte[] { 5, 6, 7, 8, 9 });
        var events = string.Concat(new[] { first, second }.Select(piece =>
            $$$$"""data: {"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"audio/L16;codec=pcm;rate=24000","data":"{{{{Convert.ToBase64String(piece)}}}}"}}]},"finishReason":"STOP"}]}""" + "\n\n"));

        var stream = await gemini.StreamAsync(events);

        var data = string.Concat(stream.Chunks.Select(chunk => chunk["choices"]![0]!["delta"]!["audio"]?["data"]?.GetValue<string>()));
        Convert.FromBase64String(data).Should().Equal([.. first, .. second]);
    }

    [Fact]
    public void What_is_spoken_is_a_file_where_that_was_asked_for()
    {
        var answer = gemini.Whole(
            """{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"audio/L16;codec=pcm;rate=16000","data":"AQIDBA=="}}]},"finishReason":"STOP"}]}""",
            """{"model":"gemini-2.5-flash-preview-tts","messages":[{"role":"user","content":"Hi"}],"modalities":["audio"],"audio":{"voice":"Kore","format":"wav"}}""");

        var file = Convert.FromBase64String(answer["choices"]![0]!["message"]!["audio"]!["data"]!.GetValue<string>());
        file.Should().HaveCount(48);
        Encoding.ASCII.GetString(file, 0, 4).Should().Be("RIFF");
        BitConverter.ToInt32(file, 4).Should().Be(40);
        BitConverter.ToInt32(file, 24).Should().Be(16000);
        BitConverter.ToInt32(file, 40).Should().Be(4);
        file[44..].Should().Equal(1, 2, 3, 4);
    }

    public void Dispose() => gemini.Dispose();
}
