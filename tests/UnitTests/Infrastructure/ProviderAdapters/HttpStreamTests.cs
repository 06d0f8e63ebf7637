using System.Net;
using System.Text;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class HttpStreamTests
{
    private const string Word = """{"choices":[{"index":0,"delta":{"content":"Hi"}}]}""";

    private readonly ManualTime clock = new();

    [Fact]
    public async Task Its_events_come_as_they_were_sent_and_the_terminator_ends_it()
    {
        await using var stream = await OpenAsync($"data: {Word}\n\ndata: {Word}\n\ndata: [DONE]\n\ndata: {Word}\n\n");

        (await EventsAsync(stream)).Should().Equal(Word, Word);
        (stream.Terminated, stream.Error).Should().Be((true, null));
    }

    [Fact]
    public async Task Empty_events_and_comments_are_nothing()
    {
        await using var stream = await OpenAsync($": wait\n\ndata:\n\ndata:  \n\ndata: {Word}\n\ndata:\n\ndata: [DONE]\n\n");

        (await EventsAsync(stream)).Should().Equal(Word);
    }

    [Theory]
    [InlineData("")]
    [InlineData(": nothing\n\n")]
    [InlineData("data: [DONE]\n\n")]
    public async Task A_stream_without_any_event_has_not_begun(string text)
    {
        await using var stream = New(text);

        (await stream.BeginAsync(clock)).Should().BeFalse();
        (stream.Refusal, stream.Error).Should().Be((null, null));
    }

    [Fact]
    public async Task An_end_without_the_terminator_is_told_apart_from_one_with_it()
    {
        await using var stream = await OpenAsync($"data: {Word}\n\n");

        (await EventsAsync(stream)).Should().Equal(Word);
        (stream.Terminated, stream.Error).Should().Be((false, null));
    }

    [Theory]
    [InlineData("""data: {"error":{"message":"boom","type":"server_error"}}""")]
    [InlineData("""data: {"error":"boom"}""")]
    [InlineData("""data: {"choices":[],"error":{"message":"boom"}}""")]
    [InlineData("""
        event: error
        data: {"error":{"message":"boom"}}
        """)]
    [InlineData("""
        event: error
        data: {"message":"boom","type":"server_error"}
        """)]
    public async Task An_error_in_the_stream_is_its_error_and_no_event(string text)
    {
        await using var stream = await OpenAsync($"data: {Word}\n\n{text}\n\ndata: {Word}\n\n");

        (await EventsAsync(stream)).Should().Equal(Word);
        stream.Error!.Code.Should().Be("mapped");
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}""")]
    [InlineData("""{"id":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}""")]
    public async Task An_error_before_the_answer_begins_is_a_refusal(string before)
    {
        var said = before.Length == 0 ? "" : $"data: {before}\n\n";
        await using var stream = New(said + "data: {\"error\":{\"message\":\"boom\"}}\n\n");

        (await stream.BeginAsync(clock)).Should().BeFalse();
        stream.Refusal!.Error.Message.Should().Be("boom");
    }

    [Fact]
    public async Task What_came_before_the_answer_began_comes_with_it()
    {
        const string Role = """{"choices":[{"index":0,"delta":{"role":"assistant"}}]}""";
        await using var stream = await OpenAsync($"data: {Role}\n\ndata: {Role}\n\ndata: {Word}\n\ndata: [DONE]\n\n");

        (await EventsAsync(stream)).Should().Equal(Role, Role, Word);
    }

    [Fact]
    public async Task A_stream_with_signs_of_life_alone_begins_when_its_grace_is_up()
    {
        const string Role = """{"choices":[{"index":0,"delta":{"role":"assistant"}}]}""";
        var going = new TaskCompletionSource<int>();
        await using var stream = New($"data: {Role}\n\n", _ => going.Task);

        var begun = stream.BeginAsync(clock);
        clock.Advance(HttpStream.Grace - TimeSpan.FromMilliseconds(1));
        begun.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromMilliseconds(1));

        (await begun).Should().BeTrue();
        (await stream.MoveNextAsync()).Should().BeTrue();
        Chats.Text(stream.Current).Should().Be(Role);
        var next = stream.MoveNextAsync().AsTask();
        going.SetException(new IOException("gone"));
        (await next).Should().BeFalse();
        stream.Error.Should().Be(UpstreamErrors.BrokeOff);
    }

    [Fact]
    public async Task An_error_of_null_is_none()
    {
        const string Chunk = """{"error":null,"choices":[{"index":0,"delta":{}}]}""";
        await using var stream = await OpenAsync($"data: {Chunk}\n\ndata: [DONE]\n\n");

        (await EventsAsync(stream)).Should().Equal(Chunk);
    }

    [Theory]
    [InlineData("data: <html>")]
    [InlineData("data: {\"choices\":[")]
    [InlineData("data: [1]")]
    [InlineData("data: {} {}")]
    public async Task Garbage_in_the_stream_is_a_bad_response(string garbage)
    {
        await using var stream = await OpenAsync($"data: {Word}\n\n{garbage}\n\n");

        (await EventsAsync(stream)).Should().Equal(Word);
        stream.Error.Should().Be(UpstreamErrors.BadResponse.Error);
    }

    [Fact]
    public async Task A_broken_connection_is_told_as_one()
    {
        await using var stream = await OpenAsync($"data: {Word}\n\n", _ => throw new IOException("reset by 10.1.2.3"));

        (await EventsAsync(stream)).Should().Equal(Word);
        stream.Error.Should().Be(UpstreamErrors.BrokeOff);
    }

    [Fact]
    public async Task Silence_is_a_stall_when_the_idle_time_is_up()
    {
        await using var stream = await OpenAsync($"data: {Word}\n\n", ScriptedStream.SilenceAsync);
        await stream.MoveNextAsync();

        var next = stream.MoveNextAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(30));

        (await next).Should().BeFalse();
        stream.Error.Should().Be(UpstreamErrors.Stalled);
    }

    [Fact]
    public async Task A_caller_who_leaves_cancels_and_is_not_told_of_an_error()
    {
        using var caller = new CancellationTokenSource();
        await using var stream = await OpenAsync($"data: {Word}\n\n", ScriptedStream.SilenceAsync, caller);
        await stream.MoveNextAsync();

        var next = stream.MoveNextAsync().AsTask();
        await caller.CancelAsync();

        (await FluentActions.Awaiting(() => next)
            .Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(caller.Token);
        stream.Error.Should().BeNull();
    }

    [Fact]
    public async Task A_caller_who_reads_slowly_gets_everything()
    {
        await using var stream = await OpenAsync([$"data: {Word}\n\n", $"data: {Word}\n\n", $"data: {Word}\n\n", "data: [DONE]\n\n"]);

        for (var read = 0; read < 3; read++)
        {
            (await stream.MoveNextAsync()).Should().BeTrue("the upstream has said it long ago");
            clock.Advance(TimeSpan.FromMinutes(5));
        }

        (await stream.MoveNextAsync()).Should().BeFalse();
        (stream.Terminated, stream.Error).Should().Be((true, null));
    }

    [Fact]
    public async Task Disposing_hangs_up()
    {
        var connection = new ScriptedStream([Encoding.UTF8.GetBytes($"data: {Word}\n\n")], ScriptedStream.SilenceAsync);
        var stream = await OpenAsync(connection, Stop);

        await stream.DisposeAsync();

        connection.IsClosed.Should().BeTrue();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<HttpStream> OpenAsync(string text, Func<CancellationToken, Task<int>>? atEnd = null, CancellationTokenSource? caller = null) =>
        OpenAsync(new ScriptedStream([Encoding.UTF8.GetBytes(text)], atEnd), caller?.Token ?? Stop);

    private Task<HttpStream> OpenAsync(string[] pieces) =>
        OpenAsync(new ScriptedStream(pieces.Select(piece => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(piece))), Stop);

    private async Task<HttpStream> OpenAsync(ScriptedStream connection, CancellationToken caller)
    {
        var stream = New(connection, caller);
        (await stream.BeginAsync(clock)).Should().BeTrue();
        return stream;
    }

    private HttpStream New(string text, Func<CancellationToken, Task<int>>? atEnd = null) =>
        New(new ScriptedStream([Encoding.UTF8.GetBytes(text)], atEnd), Stop);

    private HttpStream New(ScriptedStream connection, CancellationToken caller)
    {
        var patience = new Patience(TimeSpan.FromSeconds(60), clock, caller);
        var body = new UpstreamBody(connection, patience, TimeSpan.FromSeconds(30));
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(connection) };
        return new HttpStream(
            Chats.Read(Chats.HelloStream), response, new ServerSentEvents().ReadAsync(body, CancellationToken.None), new PassThrough("[DONE]"u8.ToArray()),
            patience, Mapped, caller);
    }

    private static InferenceOutcome.Refused Mapped(ReadOnlyMemory<byte> said, UpstreamFailure? failure) =>
        new(GatewayError.UpstreamFailed("mapped", (failure ?? UpstreamFailure.Read(said.Span)).Message ?? ""));

    private static async Task<List<string>> EventsAsync(HttpStream stream)
    {
        var events = new List<string>();
        while (await stream.MoveNextAsync())
            events.Add(Chats.Text(stream.Current));

        return events;
    }
}
