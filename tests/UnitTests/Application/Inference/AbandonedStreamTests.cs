using System.Text;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Application.Inference;

/// <summary>Streams that do not come to their end: given up, left by the caller, or failing. Each is recorded exactly once.</summary>
public class AbandonedStreamTests
{
    private const string Hel = """{"model":"gpt-4-0613","choices":[{"index":0,"delta":{"content":"Hel"}}]}""";
    private const string LoWithUsage = """{"choices":[{"index":0,"delta":{"content":"lo"}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}""";

    private readonly Books books = new();

    [Fact]
    public async Task A_stream_that_is_given_up_is_recorded_as_left_by_its_caller()
    {
        var upstream = new ScriptedStream(Hel, LoWithUsage);
        var stream = await books.OpenAsync(upstream);
        await stream.MoveNextAsync();

        await stream.DisposeAsync();

        upstream.HungUp.Should().BeTrue();
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "client_closed" && response.ErrorCode == "client_closed" && response.StatusCode == 200
                && response.UsageSource == "estimated" && response.CompletionTokens == 1 && response.Cost > 0);
        Encoding.UTF8.GetString(books.Single.Response.Body.Json!.Value.Span).Should().Contain("Hel").And.NotContain("lo\"");
    }

    [Fact]
    public async Task A_stream_that_is_given_up_before_its_first_event_was_read_is_recorded_too()
    {
        var upstream = new ScriptedStream(Hel);
        var stream = await books.OpenAsync(upstream);

        await stream.DisposeAsync();

        upstream.HungUp.Should().BeTrue();
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "client_closed" && response.CompletionTokens == 0 && response.Cost > 0);
        books.Single.Response.Body.Should().Be(LoggedBody.None);
    }

    [Fact]
    public async Task What_was_counted_until_a_stream_was_given_up_is_what_it_cost()
    {
        var stream = await books.OpenAsync(new ScriptedStream(Hel, LoWithUsage, Hel));
        await stream.MoveNextAsync();
        await stream.MoveNextAsync();

        await stream.DisposeAsync();

        books.Single.Usage.Should().Match<UsageRecord>(line => line.TotalTokens == 12 && line.TotalCostUsd == 0.00045m
            && line.UnpricedReason == null);
    }

    [Fact]
    public async Task A_caller_who_leaves_in_the_middle_is_recorded_once()
    {
        var upstream = new ScriptedStream(Hel) { Throws = new OperationCanceledException() };
        var stream = await books.OpenAsync(upstream);

        var read = stream.ReadToEndAsync;

        await read.Should().ThrowAsync<OperationCanceledException>();
        await stream.DisposeAsync();
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "client_closed" && response.ErrorCode == "client_closed" && response.StatusCode == 200
                && response.UsageSource == "estimated" && response.CompletionTokens == 1 && response.Cost > 0);
        upstream.HungUp.Should().BeTrue();
    }

    [Fact]
    public async Task A_stream_that_throws_is_a_fault_of_the_gateway_and_thrown_on()
    {
        var fault = new InvalidOperationException("a bug");
        var stream = await books.OpenAsync(new ScriptedStream(Hel) { Throws = fault });

        var read = stream.ReadToEndAsync;

        (await read.Should().ThrowAsync<InvalidOperationException>()).Which.Should().BeSameAs(fault);
        await stream.DisposeAsync();
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "gateway_error"
            && response.UsageSource == "estimated" && response.CompletionTokens == 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_stream_has_failed_there_is_nothing_more_to_read_or_record(bool throws)
    {
        var upstream = throws
            ? new ScriptedStream(Hel) { Throws = new InvalidOperationException("a bug") }
            : new ScriptedStream(Hel) { EndsWith = GatewayError.UpstreamFailed("upstream_error", "broke off") };
        var stream = await books.OpenAsync(upstream);
        try
        {
            await stream.ReadToEndAsync();
        }
        catch (InvalidOperationException) when (throws)
        {
        }

        (await stream.MoveNextAsync()).Should().BeFalse();
        await stream.DisposeAsync();

        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_record_that_cannot_be_written_keeps_nobody_from_leaving()
    {
        books.Completes = false;
        var upstream = new ScriptedStream(Hel);
        var stream = await books.OpenAsync(upstream);
        await stream.MoveNextAsync();

        await stream.DisposeAsync();

        upstream.HungUp.Should().BeTrue();
        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task The_upstream_is_hung_up_on_before_anyone_waits_for_the_journal()
    {
        var journal = new TaskCompletionSource();
        books.Gate = journal.Task;
        var upstream = new ScriptedStream(Hel);
        var stream = await books.OpenAsync(upstream);
        await stream.MoveNextAsync();

        var leaving = stream.DisposeAsync().AsTask();
        await books.Completing.Task.WaitAsync(TestContext.Current.CancellationToken);
        var hungUp = upstream.HungUp;
        journal.SetResult();
        await leaving;

        hungUp.Should().BeTrue("a provider that goes on talking to nobody goes on charging for it");
    }
}
