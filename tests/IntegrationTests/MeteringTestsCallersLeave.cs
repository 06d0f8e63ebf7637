using System.Net;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Callers with a budget who leave, at every moment there is.</summary>
public class MeteringTestsCallersLeave(GatewayFixture gateway) : LimitedKeyTest(gateway)
{
    private const int Words = 9;
    private const int Asked = 100;

    // What the upstream says, and the end of each of its chunks by which the caller knows it.
    private static readonly string[] Chunks =
    [
        Chunk("""[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]"""),
        .. Enumerable.Range(1, Words).Select(word => Chunk($$$"""[{"index":0,"delta":{"content":"word{{{word}}} "},"finish_reason":null}]""")),
        Chunk("""[{"index":0,"delta":{},"finish_reason":"stop"}]"""),
        Chunk("[]", $",\"usage\":{UsageOf(7)}"),
    ];

    public static TheoryData<int> Moments => [.. Enumerable.Range(0, Words + 4)];

    /// <summary>After so many chunks.</summary>
    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Whoever_leaves_a_stream_pays_once_and_holds_nothing(int after)
    {
        var (id, hungUp) = await BeginAsync(async call =>
        {
            await call.BeginStreamAsync();
            foreach (var chunk in Chunks.Take(after))
                await call.SayAsync(chunk);
        });

        // A role alone is no answer yet: the caller has not even been told that there is one.
        var hasBegun = after > 1;
        await LeaveAsync(Chat(Asked, stream: true, ",\"stream_options\":{\"include_usage\":true}"), hasBegun ? Chunks[after - 1] : null, hungUp);

        var (output, cost) = await OnlyLineAsync(id);
        output.Should().Be(after switch
        {
            _ when !hasBegun => 0,
            _ when after == Chunks.Length => 7,
            _ => Math.Max(after, BytesSaid(after)),
        });
        cost.Should().Be(output * PerToken);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"choices\":[")]
    public async Task Whoever_leaves_before_a_whole_answer_pays_once_and_holds_nothing(string sent)
    {
        var (id, hungUp) = await BeginAsync(call => call.SendAsync(sent));

        await LeaveAsync(Chat(Asked), until: null, hungUp);

        (await OnlyLineAsync(id)).Should().Be((0L, 0m));
    }

    // Four bytes are a token, by the gateway's estimate; "word1 " has six.
    private static long BytesSaid(int chunks) => ((6 * Math.Clamp(chunks - 1, 0, Words)) + 3) / 4;

    private static string Chunk(string choices, string more = "") =>
        $$"""{"id":"c1","object":"chat.completion.chunk","choices":{{choices}}{{more}}}""";

    /// <returns>The key's id, and when the gateway has hung up on the upstream.</returns>
    private async Task<(Guid Key, Task<bool> HungUp)> BeginAsync(Func<UpstreamCall, Task> say)
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 1, max_concurrent = 1");
        var hungUp = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Upstream.Answer = async call =>
        {
            await say(call);
            await call.HungUpAsync();
            hungUp.SetResult(true);
        };
        return (id, hungUp.Task);
    }

    /// <param name="until">Reads this far first; null: leaves as soon as the upstream is asked.</param>
    private async Task LeaveAsync(string body, string? until, Task hungUp)
    {
        using (var connection = await RawConnection.OpenAsync(Gateway.Url, Stop))
        {
            await connection.SendRawAsync(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                + $"Authorization: Bearer {Key}\r\nContent-Length: {body.Length}\r\n\r\n{body}",
                Stop);
            if (until is not null)
                await connection.ReadUntilAsync(until, Stop);
            else
                await Eventually.IsTrueAsync(() => Upstream.Requests.Count == 1, "the upstream is asked");
        }

        await hungUp.WaitAsync(TimeSpan.FromSeconds(10), Stop);
    }

    /// <summary>The one line of the ledger, after checking that there is one exchange, and that the budget holds nothing any more.</summary>
    private async Task<(long Output, decimal Cost)> OnlyLineAsync(Guid id)
    {
        var logged = await LoggedAsync();
        (logged.Outcome, logged.LedgerLines, logged.UnpricedReason).Should().Be(("client_closed", 1, null));
        (await ScalarAsync<long>("SELECT count(*) FROM responses")).Should().Be(1);
        await Eventually.IsTrueAsync(async () => await BudgetAsync(id) == (logged.Cost!.Value, 0m), "the budget is settled");
        Upstream.Answer = Reporting(UsageOf(1));
        using var next = await WholeAsync(Chat(1));
        next.StatusCode.Should().Be(HttpStatusCode.OK, "the place is free");
        return (logged.CompletionTokens!.Value, logged.Cost!.Value);
    }
}
