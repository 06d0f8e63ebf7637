using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Streams that do not come to a good end.</summary>
public class ChatTestsBrokenStreams(GatewayFixture gateway) : ChatTestOfStreams(gateway)
{
    private static readonly Failure BrokeOff = new(
        502, "The connection to the provider broke in the middle of its answer.", "server_error", null, "upstream_error");
    private static readonly Failure Truncated = new(502, "The provider's stream broke off before its end.", "server_error", null, "upstream_truncated");
    private static readonly Failure Stalled = new(504, "The provider stopped in the middle of its answer.", "server_error", null, "upstream_stalled");

    /// <summary>What has been sent; in which way it then ends; what that is called before an event was passed on, and after.</summary>
    public static TheoryData<string, string, Failure> Ends => new()
    {
        { "", "reset", BrokeOff },
        { "", "closed", BrokeOff },
        { "", "ended", Failure.BadResponse },
        { "", "silent", Failure.TimedOut },
        { ": ping\n\ndata:\n\n", "reset", BrokeOff },
        { ": ping\n\ndata:\n\n", "ended", Failure.BadResponse },
        { ": ping\n\n", "silent", Failure.TimedOut },
        { Done, "ended", Failure.BadResponse },
        { "data: {\"choices\":[{\"ind", "reset", BrokeOff },
        { "data: {\"choices\":[{\"ind", "closed", BrokeOff },
        { "data: {\"choices\":[{\"ind", "ended", Failure.BadResponse },
        { "data: {\"choices\":[{\"ind", "silent", Failure.TimedOut },
        { "data: Hello\n\n", "ended", Failure.BadResponse },
        { "data: []\n\n", "ended", Failure.BadResponse },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task What_ends_before_its_first_event_has_a_status_of_its_own(string sent, string way, Failure failure)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(sent.Length == 0 ? [] : [sent], EndBy(way));

        using var response = await ChatAsync(stream: true);

        await ShouldFailAsync(response, failure);
    }

    public static TheoryData<string, string, string> LaterEnds => new()
    {
        { "", "reset", "broke off" },
        { "", "closed", "broke off" },
        { "", "ended", "truncated" },
        { "", "silent", "stalled" },
        { ": ping\n\n", "reset", "broke off" },
        { ": ping\n\n", "ended", "truncated" },
        { "data: {\"choices\":[{\"ind", "reset", "broke off" },
        { "data: {\"choices\":[{\"ind", "closed", "broke off" },
        { "data: {\"choices\":[{\"ind", "ended", "not understood" },
        { "data: {\"choices\":[{\"ind", "silent", "stalled" },
        { "data: Hello\n\n", "ended", "not understood" },
        { "data: []\n\n", "ended", "not understood" },
    };

    [Theory]
    [MemberData(nameof(LaterEnds))]
    public async Task What_ends_in_the_middle_says_so_and_breaks_off(string sent, string way, string called)
    {
        var failure = called switch
        {
            "broke off" => BrokeOff,
            "truncated" => Truncated,
            "stalled" => Stalled,
            _ => Failure.BadResponse,
        };
        await ServeToAKeyAsync();
        Upstream.Answer = Stream([Events(Role), Events(Word("Hel")) + sent], EndBy(way));

        using var response = await ChatAsync(stream: true);

        await ShouldBreakOffAsync(response, Events(Role, Word("Hel")), failure, Assembled("Hel"));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("closed")]
    public async Task What_has_finished_and_not_ended_is_not_known_to_be_whole(string way)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream([Events(Role, Word("Hel"), Finish)], EndBy(way));

        using var response = await ChatAsync(stream: true);

        await ShouldBreakOffAsync(response, Events(Role, Word("Hel"), Finish), BrokeOff, Assembled("Hel", "\"stop\""));
    }

    [Fact]
    public async Task What_was_counted_before_it_broke_is_billed()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream([Events(Role, Word("Hel"), Usage)], EndBy("reset"));

        using var response = await ChatAsync(stream: true);

        await ShouldBreakOffAsync(
            response, Events(Role, Word("Hel")), BrokeOff,
            Assembled("Hel", usage: """{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}"""), counted: true);
    }

    /// <summary>As data, or as an event of that name; what the caller is told.</summary>
    public static TheoryData<string, Failure> ErrorEvents => new()
    {
        {
            """data: {"error":{"message":"Shard 7 of org-ABCDEF failed, key sk-upstream-secret","type":"server_error","code":null}}""",
            new(502, "The provider failed.", "server_error", null, "upstream_error")
        },
        { """data: {"error":"Boom"}""", new(502, "The provider failed.", "server_error", null, "upstream_error") },
        {
            """data: {"error":{"message":"x","code":503},"choices":[]}""",
            new(503, "The provider is overloaded. Please try again.", "server_error", null, "upstream_overloaded")
        },
        { """data: {"error":{"message":"Slow down.","code":429}}""", new(429, "Slow down.", "rate_limit_error", null, "rate_limit_exceeded", Billed: false) },
        { "event: error\ndata: {\"message\":\"x\"}", new(502, "The provider failed.", "server_error", null, "upstream_error") },
        { "event: error\ndata: Boom", new(502, "The provider failed.", "server_error", null, "upstream_error") },
    };

    [Theory]
    [MemberData(nameof(ErrorEvents))]
    public async Task An_error_at_the_beginning_has_a_status_of_its_own(string error, Failure failure)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(error + "\n\n", Done);

        using var response = await ChatAsync(stream: true);

        await ShouldFailAsync(response, failure);
    }

    [Theory]
    [MemberData(nameof(ErrorEvents))]
    public async Task An_error_in_the_middle_is_told_in_the_gateways_words_and_breaks_off(string error, Failure failure)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Events(Role, Word("Hel")), error + "\n\n", Done);

        using var response = await ChatAsync(stream: true);

        await ShouldBreakOffAsync(response, Events(Role, Word("Hel")), failure, Assembled("Hel"));
    }

    [Fact]
    public async Task An_event_beyond_any_honest_size_is_not_read_to_its_end()
    {
        var hungUp = new TaskCompletionSource();
        var piece = new string('x', 1024 * 1024);
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(
            [Events(Role, Word("Hel")) + "data: "],
            async call =>
            {
                try
                {
                    for (var sent = 0; sent < 32; sent++)
                        await call.SendChunkAsync(piece);
                }
                catch (IOException)
                {
                    hungUp.SetResult();
                }
            });

        using var response = await ChatAsync(stream: true);

        await ShouldBreakOffAsync(response, Events(Role, Word("Hel")), Failure.BadResponse, Assembled("Hel"));
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
    }

    [Fact]
    public async Task Plain_json_is_no_stream()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.CompleteAsync("Hello");

        using var response = await ChatAsync(stream: true);

        await ShouldFailAsync(response, Failure.BadResponse);
    }

    [Fact]
    public async Task A_stream_is_no_plain_json()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(Events(Role, Word("Hel"), Finish) + Done);

        using var response = await ChatAsync();

        await ShouldFailAsync(response, Failure.BadResponse);
    }

    [Fact]
    public async Task A_silent_upstream_is_hung_up_on()
    {
        var hungUp = new TaskCompletionSource();
        await ServeToAKeyAsync();
        Upstream.Answer = Stream(
            [Events(Role, Word("Hel"))],
            async call =>
            {
                await call.HungUpAsync();
                hungUp.SetResult();
            });

        using var response = await ChatAsync(stream: true);

        await ShouldBreakOffAsync(response, Events(Role, Word("Hel")), Stalled, Assembled("Hel"));
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
    }

    private static Func<UpstreamCall, Task> EndBy(string way) => async call =>
    {
        switch (way)
        {
            case "reset":
                call.Reset();
                break;
            case "closed":
                call.Close();
                break;
            case "ended":
                await call.SendAsync(End);
                break;
            case "silent":
                await call.HungUpAsync();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(way), way, "is not known");
        }
    };
}
