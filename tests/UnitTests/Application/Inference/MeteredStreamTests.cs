using System.Text;
using System.Text.Json.Nodes;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.Inference;

public class MeteredStreamTests
{
    private const string Hel = """{"object":"chat.completion.chunk","model":"gpt-4-0613","choices":[{"index":0,"delta":{"content":"Hel"}}],"usage":null}""";
    private const string Lo = """{"model":"gpt-4-0613","choices":[{"index":0,"delta":{"content":"lo"}}],"usage":null}""";
    private const string Stop = """{"model":"gpt-4-0613","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}""";
    private const string UsageChunk = """{"model":"gpt-4-0613","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}""";

    private readonly Books books = new();

    [Fact]
    public async Task A_caller_who_asked_for_usage_gets_every_byte_of_the_stream()
    {
        var stream = await OpenAsync(new ScriptedStream(Hel, Lo, Stop, UsageChunk), includeUsage: true);

        (await ReadAsync(stream)).Should().Equal(Hel, Lo, Stop, UsageChunk);
        stream.Error.Should().BeNull();
    }

    [Fact]
    public async Task A_long_stream_tells_how_far_it_has_come()
    {
        var stream = await OpenAsync(new ScriptedStream(Hel, Lo, Lo, Stop, UsageChunk));
        await stream.MoveNextAsync();
        books.Reported.Should().BeEmpty("it has only begun");

        books.Clock.Advance(TimeSpan.FromSeconds(5));
        await stream.MoveNextAsync();
        await stream.MoveNextAsync();

        books.Reported.Should().ContainSingle("once in five seconds").Which.Should().Match<TokenUsage>(seen => seen.CompletionTokens == 2 && seen.PromptTokens > 0);
    }

    [Fact]
    public async Task Of_a_stream_beyond_all_measure_the_log_keeps_what_it_used_and_no_words()
    {
        var mebibyte = $$$"""{"model":"gpt-4-0613","choices":[{"index":0,"delta":{"content":"{{{new string('x', 1024 * 1024)}}}"}}],"usage":null}""";
        var stream = await OpenAsync(new ScriptedStream([.. Enumerable.Repeat(mebibyte, 65), Stop, UsageChunk]) { SaysDone = true });

        (await ReadAsync(stream)).Should().HaveCount(66, "the caller gets all of it");

        books.Single.Response.Body.Should().Be(LoggedBody.Omitted);
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "ok" && response.Cost == 0.00045m);
    }

    [Fact]
    public async Task A_caller_who_did_not_ask_sees_no_trace_of_usage()
    {
        var stream = await OpenAsync(new ScriptedStream(Hel, Lo, Stop, UsageChunk));

        (await ReadAsync(stream)).Should().Equal(WithoutUsage(Hel), WithoutUsage(Lo), WithoutUsage(Stop));
        books.Single.Response.Should().Match<ResponseLog>(response => response.PromptTokens == 9 && response.CompletionTokens == 3
            && response.Cost == 0.00045m);
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}""", """{"choices":[{"index":0,"delta":{}}]}""")]
    [InlineData("""{"usage":{"prompt_tokens":9,"completion_tokens":3},"choices":[{"index":0}]}""", """{"choices":[{"index":0}]}""")]
    [InlineData("""{"choices":[],"usage":null,"moderation":{"x":1}}""", """{"choices":[],"moderation":{"x":1}}""")]
    [InlineData("""{"choices":[],"prompt_filter_results":[]}""", """{"choices":[],"prompt_filter_results":[]}""")]
    public async Task A_chunk_that_says_more_than_usage_is_shown_without_it(string chunk, string seen) =>
        (await ReadAsync(await OpenAsync(new ScriptedStream(chunk, Stop)))).First().Should().Be(seen);

    [Theory]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}""")]
    [InlineData("""{"usage":{"prompt_tokens":9,"completion_tokens":3}}""")]
    [InlineData("""{"choices":[],"usage":"none"}""")]
    public async Task A_chunk_that_says_only_usage_is_not_shown(string chunk) =>
        (await ReadAsync(await OpenAsync(new ScriptedStream(Hel, chunk, Stop)))).Should().Equal(WithoutUsage(Hel), WithoutUsage(Stop));

    [Fact]
    public async Task A_stream_is_recorded_as_the_completion_it_was()
    {
        await ReadAsync(await OpenAsync(new ScriptedStream(Hel, Lo, Stop, UsageChunk)));

        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "ok" && response.StatusCode == 200 && response.ResponseModel == "gpt-4-0613" && response.ErrorCode == null);
        books.Single.Response.Body.Form.Should().Be(BodyForm.Assembled);
        var logged = JsonNode.Parse(books.Single.Response.Body.Json!.Value.Span)!;
        ((string?)logged["object"]).Should().Be("chat.completion");
        ((string?)logged["choices"]![0]!["message"]!["content"]).Should().Be("Hello");
        ((int?)logged["usage"]!["prompt_tokens"]).Should().Be(9, "the log has what the caller was not shown");
        books.Single.Request.Stream.Should().BeTrue();
        books.Single.Usage!.TotalCostUsd.Should().Be(0.00045m);
    }

    [Fact]
    public async Task The_end_is_reported_only_when_it_is_recorded()
    {
        var journal = new TaskCompletionSource();
        books.Gate = journal.Task;
        var stream = await OpenAsync(new ScriptedStream(Hel, Stop));
        await stream.MoveNextAsync();
        await stream.MoveNextAsync();

        var end = stream.MoveNextAsync().AsTask();
        await books.Completing.Task.WaitAsync(TestContext.Current.CancellationToken);
        end.IsCompleted.Should().BeFalse("the journal is not done");
        journal.SetResult();

        (await end).Should().BeFalse();
        stream.Error.Should().BeNull();
    }

    [Fact]
    public async Task A_stream_that_cannot_be_recorded_does_not_end_well()
    {
        books.Completes = false;
        var stream = await OpenAsync(new ScriptedStream(Hel, Lo, Stop, UsageChunk));

        await ReadAsync(stream);

        stream.Error.Should().Be(GatewayError.LogUnavailable);
        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_broken_stream_that_cannot_be_recorded_does_not_end_well_either()
    {
        books.Completes = false;
        var stream = await OpenAsync(new ScriptedStream(Hel) { EndsWith = GatewayError.UpstreamFailed("upstream_error", "broke off") });

        await ReadAsync(stream);

        stream.Error.Should().NotBeNull();
        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task The_end_stays_the_end_and_is_recorded_once()
    {
        var upstream = new ScriptedStream(Hel, Stop);
        var stream = await OpenAsync(upstream);
        await ReadAsync(stream);

        (await stream.MoveNextAsync()).Should().BeFalse();
        await stream.DisposeAsync();

        books.Single.Response.Outcome.Should().Be("ok");
        upstream.HungUp.Should().BeTrue();
    }

    [Fact]
    public async Task An_upstream_that_breaks_off_is_an_error_of_the_stream()
    {
        var broke = GatewayError.UpstreamFailed("upstream_error", "broke off");
        var stream = await OpenAsync(new ScriptedStream(Hel) { EndsWith = broke });

        await ReadAsync(stream);

        stream.Error.Should().Be(broke);
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "upstream_error" && response.ErrorCode == "upstream_error" && response.StatusCode == 200
            && response.UsageSource == "estimated" && response.CompletionTokens == 1 && response.Cost > 0);
        Encoding.UTF8.GetString(books.Single.Response.Body.Json!.Value.Span).Should().Contain("Hel");
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(false, false, true)]
    public async Task An_end_without_a_word_of_it_is_a_broken_connection(bool saysDone, bool saysWhy, bool truncated)
    {
        var stream = await OpenAsync(new ScriptedStream(saysWhy ? [Hel, Stop] : [Hel, Lo]) { SaysDone = saysDone });

        await ReadAsync(stream);

        stream.Error?.Code.Should().Be("upstream_truncated");
        (stream.Error is not null).Should().Be(truncated);
        books.Single.Response.Outcome.Should().Be(truncated ? "upstream_error" : "ok");
    }

    [Fact]
    public async Task An_end_is_also_missing_when_only_some_choices_have_finished()
    {
        const string Other = """{"choices":[{"index":1,"delta":{"content":"a"},"finish_reason":null}]}""";
        var stream = await OpenAsync(new ScriptedStream(Hel, Other, Stop) { SaysDone = false });

        await ReadAsync(stream);

        stream.Error!.Code.Should().Be("upstream_truncated");
    }

    [Theory]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":1}""", """{"prompt_tokens":9,"completion_tokens":3}""", 12L, "provider")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3}""", "null", 12L, "provider")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3}""", """{"prompt_tokens":0,"completion_tokens":0}""", 0L, "provider")]
    [InlineData("""{"prompt_tokens":9,"completion_tokens":3}""", """{"prompt_tokens":-9,"completion_tokens":3}""", 11L, "estimated")]
    [InlineData("null", "null", 11L, "estimated")]
    public async Task The_last_report_of_usage_counts_and_without_one_an_estimate(string first, string last, long total, string source)
    {
        string Chunk(string usage) => $$"""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}],"usage":{{usage}}}""";

        await ReadAsync(await OpenAsync(new ScriptedStream(Chunk(first), Chunk(last))));

        books.Single.Usage.Should().Match<UsageRecord>(line => line.TotalTokens == total && line.UsageSource == source && line.TotalCostUsd.HasValue);
    }

    private Task<InferenceStream> OpenAsync(ScriptedStream upstream, bool includeUsage = false) => books.OpenAsync(upstream, includeUsage);

    private static Task<List<string>> ReadAsync(InferenceStream stream) => stream.ReadToEndAsync();

    private static string WithoutUsage(string chunk) => chunk.Replace(",\"usage\":null", "", StringComparison.Ordinal);
}
