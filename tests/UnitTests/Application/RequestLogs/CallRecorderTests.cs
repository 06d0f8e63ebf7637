using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;
using Microsoft.Extensions.Logging;

namespace CleanGateway.UnitTests.Application.RequestLogs;

public class CallRecorderTests
{
    private readonly Books books = new();

    [Fact]
    public async Task A_call_has_waited_for_its_record_as_long_as_the_journal_took()
    {
        books.AcceptTakes = TimeSpan.FromMilliseconds(3);
        books.CompleteTakes = TimeSpan.FromMilliseconds(5);
        var call = books.Call();

        await AnswerAsync(call, upstreamTakes: TimeSpan.FromSeconds(2));

        call.JournalWait.Should().Be(TimeSpan.FromMilliseconds(8));
        books.Waits.Measure().Should().Match<JournalWaits.Percentiles>(waits => waits.Calls == 1 && waits.Max == TimeSpan.FromMilliseconds(8));
    }

    [Fact]
    public async Task A_latency_is_from_the_first_line_to_the_end_of_the_answer()
    {
        books.AcceptTakes = TimeSpan.FromMilliseconds(3);
        books.CompleteTakes = TimeSpan.FromMilliseconds(5);
        var call = books.Call();

        await AnswerAsync(call, upstreamTakes: TimeSpan.FromSeconds(2));

        books.Single.Response.LatencyMs.Should().Be(2003m);
        books.Single.Request.StartTime.Should().Be(call.StartedAt);
        books.Single.Request.EndTime.Should().Be(call.StartedAt.AddMilliseconds(2003));
    }

    [Fact]
    public async Task The_record_has_the_calls_own_id_and_moment()
    {
        var call = books.Call();

        await AnswerAsync(call);

        books.Single.Request.Should().Match<RequestLog>(request =>
            request.RequestId == call.Id.Value && request.CreatedAt == call.Id.CreatedAt && request.ApiKey == call.Caller.Id);
    }

    [Fact]
    public async Task A_call_that_ends_well_makes_no_noise()
    {
        await AnswerAsync(books.Call());

        books.Log.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task A_call_that_does_not_is_one_line_without_any_content()
    {
        var call = books.Call();
        var log = CallRecorder.Begin(call);
        log.Asked(LoggedBody.Exact(Books.Chat().Body), "my-secret-model", "someone@example.com");

        await books.Recorder.RefuseAsync(call, log, GatewayError.UnknownModel("my-secret-model"));

        var (level, text, _) = books.Log.Lines.Should().ContainSingle().Subject;
        level.Should().Be(LogLevel.Information);
        text.Should().Contain(call.Id.Value).And.Contain("rejected").And.Contain("unknown_model").And.Contain("400");
        text.Should().NotContainAny(Books.Prompt, "my-secret-model", "someone@example.com", "test-key-12345");
    }

    [Fact]
    public async Task What_the_caller_is_told_is_what_is_recorded()
    {
        var call = books.Call();

        var told = await books.Recorder.RefuseAsync(call, CallRecorder.Begin(call), GatewayError.UnknownModel("gpt-99"));

        told.Should().Be(GatewayError.UnknownModel("gpt-99"));
        books.Single.Response.Should().Match<ResponseLog>(response => response.StatusCode == 400 && response.ErrorCode == "unknown_model");
    }

    private async Task AnswerAsync(ClientCall call, TimeSpan upstreamTakes = default)
    {
        var log = CallRecorder.Begin(call);
        (await books.Recorder.AcceptAsync(call, log, CancellationToken.None)).Should().BeNull();
        books.Clock.Advance(upstreamTakes);
        var exchange = log.Answered(new Answer(200, LoggedBody.Omitted, UsageReport.None), books.Recorder.Elapsed(call));
        (await books.Recorder.CompleteAsync(call, exchange)).Should().BeNull();
    }
}
