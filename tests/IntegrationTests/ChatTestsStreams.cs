using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Streams that come to a good end, in every way that an upstream may write them.</summary>
public class ChatTestsStreams(GatewayFixture gateway) : ChatTestOfStreams(gateway)
{
    private static readonly string Heard = Events(Role, Word("Hel"), Word("lo"), Finish);
    private static readonly string Stored = Assembled("Hello", "\"stop\"", """{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}""");

    public static TheoryData<string> WaysToWriteIt =>
    [
        Heard + Events(Usage) + Done,
        // Without the last word that everybody else says, and without its blank line.
        Heard + Events(Usage),
        (Heard + Events(Usage)).TrimEnd('\n'),
        (Heard + Events(Usage)).TrimEnd('\n') + "\n",
        // What comes behind the end is not read.
        Heard + Events(Usage) + Done + Events(Word("more"), "not json", """{"error":"late"}""") + Done,
        // Usage before the end, and repeated as it grows.
        Events(Role, """{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}}""", Word("Hel"), Word("lo"), Finish, Usage) + Done,
        // Comments, empty events, fields that are nothing to us.
        ": hello\n\n:\n\n" + (Heard + Events(Usage) + Done)
            .Replace("\n\n", "\n\n: ping\n\ndata:\n\ndata: \n\nevent: message\nid: 7\nretry: 10\n\n", StringComparison.Ordinal),
        (Heard + Events(Usage) + Done).Replace("data: ", "data:", StringComparison.Ordinal),
        (Heard + Events(Usage) + Done).Replace("data: ", "event: message\nid: 1\ndata: ", StringComparison.Ordinal),
        // Every ending of a line there is, and a byte order mark.
        (Heard + Events(Usage) + Done).Replace("\n", "\r\n", StringComparison.Ordinal),
        (Heard + Events(Usage) + Done).Replace("\n", "\r", StringComparison.Ordinal),
        "\uFEFF" + Heard + Events(Usage) + Done,
    ];

    [Theory]
    [MemberData(nameof(WaysToWriteIt))]
    public async Task A_stream_is_understood_however_it_is_written(string written)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(written);

        using var response = await ChatAsync(stream: true);

        var body = await ReadToEndAsync(response);
        body.Text.Should().Be(Heard + Done);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Outcome == "ok" && logged.ResponseBodyForm == "assembled" && logged.PromptTokens == 9 && logged.CompletionTokens == 3
            && logged.Cost == 0.00045m);
        Message(await LoggedAsync()).Should().Be("Hello");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task A_stream_may_be_cut_anywhere(int length)
    {
        // Characters of two, three and four bytes, as themselves.
        var word = Word("-").Replace("-", "ä€😀", StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(Events(Role, word, Finish, Usage) + Done);
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.BeginStreamAsync();
            foreach (var piece in bytes.Chunk(length))
                await call.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"), .. piece, .. "\r\n"u8]);

            await call.EndAsync();
        };

        using var response = await ChatAsync(stream: true);

        (await ReadToEndAsync(response)).Text.Should().Be(Events(Role, word, Finish) + Done);
        Message(await LoggedAsync()).Should().Be("ä€😀");
    }

    [Fact]
    public async Task What_it_amounts_to_is_in_the_books()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Heard, Events(Usage), Done);

        using var response = await ChatAsync(stream: true);

        await ShouldEndWellAsync(response, Heard, Stored);
    }

    [Fact]
    public async Task An_event_over_several_lines_stays_one()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream("data: {\"choices\":\ndata: [{\"index\":0,\"delta\":{\"content\":\"Hello\"},\ndata: \"finish_reason\":\"stop\"}]}\n\n" + Done);

        using var response = await ChatAsync(stream: true);

        (await ReadToEndAsync(response)).Text.Should().Be(
            "data: {\"choices\":\ndata: [{\"index\":0,\"delta\":{\"content\":\"Hello\"},\ndata: \"finish_reason\":\"stop\"}]}\n\n" + Done);
        Message(await LoggedAsync()).Should().Be("Hello");
    }

    [Fact]
    public async Task An_end_is_an_end_though_the_upstream_stays()
    {
        var answered = new TaskCompletionSource();
        await ServeToAKeyAsync();
        Upstream.Answer = Stream([Heard, Events(Usage), Done], async _ => await answered.Task);

        using var response = await ChatAsync(stream: true);

        await ShouldEndWellAsync(response, Heard, Stored);
        answered.SetResult();
    }

    [Theory]
    [InlineData("Content-Length: {0}\r\n")]
    [InlineData("Connection: close\r\n")]
    public async Task A_stream_need_not_be_chunked(string framing)
    {
        var body = Heard + Events(Usage) + Done;
        await ServeToAKeyAsync();
        Upstream.Answer = async call =>
        {
            await call.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                + framing.Replace("{0}", $"{body.Length}", StringComparison.Ordinal) + "\r\n" + body);
            call.Close();
        };

        using var response = await ChatAsync(stream: true);

        await ShouldEndWellAsync(response, Heard, Stored);
    }

    [Fact]
    public async Task An_upstream_that_ignores_the_wish_for_usage_leaves_the_cost_unknown()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Heard, Done);

        using var response = await ChatAsync(stream: true);

        await ShouldEndWellAsync(response, Heard, Assembled("Hello", "\"stop\""), counted: false);
    }

    [Theory]
    [InlineData("""{"prompt_tokens":-9,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":9.5,"completion_tokens":3}""")]
    [InlineData("""{"prompt_tokens":"9","completion_tokens":3}""")]
    [InlineData("17")]
    public async Task Usage_that_cannot_be_is_not_believed(string usage)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Heard, Events($$"""{"choices":[],"usage":{{usage}}}"""), Done);

        using var response = await ChatAsync(stream: true);

        (await ReadToEndAsync(response)).Text.Should().Be(Heard + Done);
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Outcome == "ok" && logged.PromptTokens == 4
            && logged.Cost > 0 && logged.UnpricedReason == null && logged.LedgerLines == 1);
    }

    private static string? Message(LoggedExchange logged) =>
        JsonDocument.Parse(logged.ResponseBody!).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
}
