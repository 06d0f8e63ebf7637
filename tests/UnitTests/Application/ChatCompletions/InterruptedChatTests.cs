using CleanGateway.Application.Inference;
using CleanGateway.Application.Models;
using CleanGateway.Domain.ResponseLogs;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

/// <summary>Chats that nobody gets an answer to: whatever happened, they are recorded once.</summary>
public class InterruptedChatTests : ChatHandlerTest
{
    [Fact]
    public async Task A_provider_that_throws_is_a_fault_of_the_gateway_and_thrown_on()
    {
        var fault = new InvalidOperationException("a bug");
        Provider.SendAsync(default!, default!, CancellationToken.None).ThrowsAsyncForAnyArgs(fault);

        var handle = () => HandleAsync();

        (await handle.Should().ThrowAsync<InvalidOperationException>()).Which.Should().BeSameAs(fault);
        Books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "gateway_error" && response.StatusCode == 500 && response.UsageSource == "estimated" && response.CompletionTokens == 0 && response.Cost > 0);
        Books.Single.Usage.Should().NotBeNull("it may have been billed");
    }

    [Fact]
    public async Task A_caller_who_leaves_while_the_provider_thinks_is_recorded_as_gone()
    {
        using var caller = new CancellationTokenSource();
        Provider.SendAsync(default!, default!, CancellationToken.None).ReturnsForAnyArgs<InferenceOutcome>(_ => throw Left(caller));

        var handle = () => HandleAsync(caller: caller);

        await handle.Should().ThrowAsync<OperationCanceledException>();
        Books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "client_closed" && response.ErrorCode == "client_closed" && response.StatusCode == 499
                && response.UsageSource == "estimated" && response.CompletionTokens == 0 && response.Cost > 0);
        Books.Single.Request.StatusCode.Should().Be(499);
    }

    [Fact]
    public async Task A_cancellation_that_is_not_the_callers_is_a_fault_of_the_gateway()
    {
        var timeout = new TaskCanceledException("a timeout that nobody caught");
        Provider.SendAsync(default!, default!, CancellationToken.None).ThrowsAsyncForAnyArgs(timeout);

        var handle = () => HandleAsync();

        await handle.Should().ThrowAsync<OperationCanceledException>();
        Books.Single.Response.Outcome.Should().Be("gateway_error");
    }

    [Fact]
    public async Task A_caller_who_leaves_while_a_model_is_looked_up_is_recorded_as_gone()
    {
        using var caller = new CancellationTokenSource();
        Snapshots.LookAgainAsync("", CancellationToken.None).ReturnsForAnyArgs<GatewaySnapshot>(_ => throw Left(caller));

        var handle = () => HandleAsync(Books.Chat("gpt-99"), caller: caller);

        await handle.Should().ThrowAsync<OperationCanceledException>();
        Books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "client_closed" && response.StatusCode == 499
            && response.Cost == 0);
    }

    [Fact]
    public async Task A_look_up_that_fails_is_recorded_all_the_same()
    {
        Snapshots.LookAgainAsync("", CancellationToken.None).ReturnsForAnyArgs<GatewaySnapshot>(_ => throw new InvalidOperationException("a bug"));

        var handle = () => HandleAsync(Books.Chat("gpt-99"));

        await handle.Should().ThrowAsync<InvalidOperationException>();
        Books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "gateway_error" && response.StatusCode == 500
            && response.Cost == 0);
    }

    private static OperationCanceledException Left(CancellationTokenSource caller)
    {
        caller.Cancel();
        return new OperationCanceledException(caller.Token);
    }
}
