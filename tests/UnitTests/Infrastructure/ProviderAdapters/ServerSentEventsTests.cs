using System.Text;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class ServerSentEventsTests
{
    private const string ByteOrderMark = "\uFEFF";

    private const string Stream =
        ": hello\n\n"
        + "data: {\"a\":\"ä€😀\"}\n\n"
        + "event: message\nid: 7\nretry: 100\nunknown: field\ndata:{\"b\":1}\n\n"
        + ": OPENROUTER PROCESSING\n\n\n"
        + "data: {\ndata:  \"c\": 2\ndata: }\n: in between\n\n"
        + "data:   two spaces more\n\n"
        + "data: [DONE]\n\n";

    private static readonly string[] Events = ["{\"a\":\"ä€😀\"}", "{\"b\":1}", "{\n \"c\": 2\n}", "  two spaces more", "[DONE]"];

    [Theory]
    [InlineData("\n", "")]
    [InlineData("\r", "")]
    [InlineData("\r\n", "")]
    [InlineData("\n", ByteOrderMark)]
    [InlineData("\r", ByteOrderMark)]
    [InlineData("\r\n", ByteOrderMark)]
    public async Task The_events_are_the_same_wherever_the_bytes_are_split(string ending, string mark)
    {
        var bytes = Encoding.UTF8.GetBytes(mark + Stream.Replace("\n", ending, StringComparison.Ordinal));

        for (var split = 0; split <= bytes.Length; split++)
            (await ReadAsync(bytes.AsMemory(0, split), bytes.AsMemory(split)))
                .Should().Equal(Events, "split at {0} of {1}", split, bytes.Length);

        (await ReadAsync([.. bytes.Select(one => new ReadOnlyMemory<byte>([one]))])).Should().Equal(Events, "every byte comes alone");
    }

    [Fact]
    public async Task Line_endings_may_change_in_the_middle_and_pieces_be_cut_anywhere()
    {
        const int Seed = 20260801;
        for (var round = 0; round < 300; round++)
        {
            var random = new Random(Seed + round);
            var text = string.Concat(Stream.Select(character => character == '\n' ? new[] { "\n", "\r\n", "\n" }[random.Next(3)] : character.ToString()));
            var bytes = Encoding.UTF8.GetBytes(text);
            (await ReadAsync(Pieces.Cut(bytes, random))).Should().Equal(Events, "seed {0}", Seed + round);
        }
    }

    [Theory]
    [InlineData("data: {\"last\":1}")]
    [InlineData("data: {\"last\":1}\n")]
    [InlineData("data: {\"last\":1}\r")]
    [InlineData("data: {\"last\":1}\r\n")]
    [InlineData("data: {\"last\":1}\r\n\r")]
    [InlineData("data: {\"last\":1}\n\n: bye")]
    public async Task The_last_event_needs_no_blank_line(string text)
    {
        var bytes = Encoding.UTF8.GetBytes("data: first\n\n" + text);

        for (var split = 0; split <= bytes.Length; split++)
            (await ReadAsync(bytes.AsMemory(0, split), bytes.AsMemory(split))).Should().Equal(["first", "{\"last\":1}"], "split at {0}", split);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData(": only\n\n: comments\n\n")]
    [InlineData("event: ping\n\n")]
    public async Task A_stream_that_says_nothing_has_no_events(string text) =>
        (await ReadAsync(Encoding.UTF8.GetBytes(text))).Should().BeEmpty();

    [Fact]
    public async Task An_event_says_its_name_unless_it_is_the_usual_one()
    {
        const string Named = "event: message_start\ndata: a\n\ndata: b\n\nevent: message\ndata: c\n\nevent: error\ndata: d\n\nevent: ping\ndata: e";
        var events = new List<(string?, bool, string)>();

        await foreach (var item in new ServerSentEvents().ReadAsync(Body([Encoding.UTF8.GetBytes(Named)], new ManualTime(), out _), Stop))
            events.Add((item.Name, item.IsError, Chats.Text(item.Data)));

        events.Should().Equal(("message_start", false, "a"), (null, false, "b"), (null, false, "c"), ("error", true, "d"), ("ping", false, "e"));
    }

    [Fact]
    public async Task Each_event_has_memory_of_its_own()
    {
        var (framing, body) = (new ServerSentEvents(), Body([Encoding.UTF8.GetBytes("data: one\n\ndata: two\n\n")], new ManualTime(), out _));
        var events = new List<ReadOnlyMemory<byte>>();

        await foreach (var item in framing.ReadAsync(body, Stop))
            events.Add(item.Data);

        events.Select(Chats.Text).Should().Equal("one", "two");
    }

    [Fact]
    public async Task An_event_that_never_ends_is_given_up()
    {
        var piece = Encoding.UTF8.GetBytes(new string('x', 1024 * 1024));
        var reading = () => ReadAsync([Encoding.UTF8.GetBytes("data: "), .. Enumerable.Repeat<ReadOnlyMemory<byte>>(piece, 20)]);

        await reading.Should().ThrowAsync<InvalidDataException>();
    }

    [Fact]
    public async Task Many_events_may_come_to_more_than_one_may_be_long()
    {
        var large = new string('x', 1024 * 1024);
        var one = Encoding.UTF8.GetBytes($"data: {large}\n\n");

        var events = await ReadAsync([.. Enumerable.Repeat<ReadOnlyMemory<byte>>(one, 20)]);

        events.Should().HaveCount(20).And.OnlyContain(data => data.Length == large.Length);
    }

    [Fact]
    public async Task Silence_in_the_middle_ends_it_when_its_time_is_up()
    {
        var clock = new ManualTime();
        var body = Body([Encoding.UTF8.GetBytes("data: one\n\n")], clock, out var patience, ScriptedStream.SilenceAsync);
        await using var events = new ServerSentEvents().ReadAsync(body, Stop).GetAsyncEnumerator(Stop);
        await events.MoveNextAsync();

        var next = events.MoveNextAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(9.9));
        next.IsCompleted.Should().BeFalse("10 s of silence are allowed");
        clock.Advance(TimeSpan.FromSeconds(0.1));

        await FluentActions.Awaiting(() => next).Should().ThrowAsync<OperationCanceledException>();
        patience.RanOut.Should().BeTrue();
    }

    [Fact]
    public async Task Every_byte_begins_the_wait_anew()
    {
        var clock = new ManualTime();
        var body = Body([.. "data: one\n\ndata: two\n\n"u8.ToArray().Select(one => new ReadOnlyMemory<byte>([one]))], clock, out var patience);
        var buffer = new byte[1];

        for (var read = 0; read < 22; read++)
        {
            (await body.ReadAsync(buffer, Stop)).Should().Be(1);
            clock.Advance(TimeSpan.FromSeconds(9));
        }

        patience.RanOut.Should().BeFalse("22 pauses of 9 s are no pause of 10 s");
    }

    [Fact]
    public async Task A_reader_who_takes_his_time_does_not_make_the_upstream_a_silent_one()
    {
        var clock = new ManualTime();
        var body = Body([Encoding.UTF8.GetBytes("data: one\n\n"), Encoding.UTF8.GetBytes("data: two\n\n")], clock, out var patience);
        await using var events = new ServerSentEvents().ReadAsync(body, Stop).GetAsyncEnumerator(Stop);
        await events.MoveNextAsync();
        await events.MoveNextAsync();

        clock.Advance(TimeSpan.FromMinutes(5));

        patience.RanOut.Should().BeFalse("nothing was being waited for: the idle time-out is the provider's, not the caller's");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static UpstreamBody Body(
        IEnumerable<ReadOnlyMemory<byte>> pieces, ManualTime clock, out Patience patience, Func<CancellationToken, Task<int>>? atEnd = null)
    {
        patience = new Patience(TimeSpan.FromSeconds(60), clock, Stop);
        return new UpstreamBody(new ScriptedStream(pieces, atEnd), patience, idleTimeout: TimeSpan.FromSeconds(10));
    }

    private static async Task<List<string>> ReadAsync(params ReadOnlyMemory<byte>[] pieces)
    {
        var events = new List<string>();
        await foreach (var item in new ServerSentEvents().ReadAsync(Body(pieces, new ManualTime(), out _), Stop))
            events.Add(Chats.Text(item.Data));

        return events;
    }
}
