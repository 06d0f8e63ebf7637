using System.Text;
using CleanGateway.Application.Models;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using MediatR;

namespace CleanGateway.UnitTests.Application.RequestLogs;

public class RecordingBehaviourTests
{
    private static readonly IReadOnlyList<ModelItem> Models = [new("gpt-4", 0, "openai")];
    private static readonly GatewayError NotThere = new(GatewayErrorKind.NotFound, "model_not_found", "not there", "model");

    private readonly Books books = new();
    private bool handled;

    [Fact]
    public async Task An_answer_is_given_and_recorded_without_its_content()
    {
        var answer = await HandleAsync();

        answer.Should().BeSameAs(Models);
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "ok" && response.StatusCode == 200 && response.Cost == 0);
        books.Single.Response.Body.Should().Be(LoggedBody.Omitted);
        books.Single.Usage.Should().BeNull();
        books.Accepted.Should().BeEmpty("it goes to no provider");
    }

    [Fact]
    public async Task When_the_journal_takes_nothing_nothing_is_answered_or_recorded()
    {
        books.IsAvailable = false;

        (await RefusedAsync()).Should().Be(GatewayError.LogUnavailable);
        handled.Should().BeFalse();
        books.Completed.Should().BeEmpty();
    }

    [Fact]
    public async Task An_answer_that_cannot_be_recorded_is_not_given()
    {
        books.Completes = false;

        (await RefusedAsync()).Should().Be(GatewayError.LogUnavailable);
        handled.Should().BeTrue();
        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_refusal_is_recorded_as_the_caller_is_told_it()
    {
        (await RefusedAsync(() => throw new GatewayException(NotThere))).Should().Be(NotThere);

        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "rejected" && response.ErrorCode == "model_not_found" && response.StatusCode == 404 && response.Cost == 0);
        Encoding.UTF8.GetString(books.Single.Response.Body.Json!.Value.Span).Should()
            .Be("""{"error":{"message":"not there","type":"invalid_request_error","param":"model","code":"model_not_found"}}""");
    }

    [Fact]
    public async Task A_refusal_that_cannot_be_recorded_is_told_as_that()
    {
        books.Completes = false;

        (await RefusedAsync(() => throw new GatewayException(NotThere))).Should().Be(GatewayError.LogUnavailable);
        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_handler_that_fails_is_recorded_all_the_same()
    {
        var handle = () => HandleAsync(() => throw new InvalidOperationException("a bug"));

        await handle.Should().ThrowAsync<Exception>();
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "gateway_error" && response.StatusCode == 500
            && response.Cost == 0);
    }

    [Fact]
    public async Task A_caller_who_leaves_is_recorded_all_the_same()
    {
        using var caller = new CancellationTokenSource();
        await caller.CancelAsync();

        var handle = () => HandleAsync(() => throw new OperationCanceledException(caller.Token), caller);

        await handle.Should().ThrowAsync<OperationCanceledException>();
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "client_closed" && response.StatusCode == 499);
    }

    private Task<IReadOnlyList<ModelItem>> HandleAsync(
        RequestHandlerDelegate<IReadOnlyList<ModelItem>>? next = null, CancellationTokenSource? caller = null) =>
        new RecordingBehaviour<ListModels, IReadOnlyList<ModelItem>>(books.Recorder)
            .Handle(new ListModels(books.Call()), caller?.Token ?? CancellationToken.None, next ?? AnswerAsync);

    private Task<IReadOnlyList<ModelItem>> AnswerAsync()
    {
        handled = true;
        return Task.FromResult(Models);
    }

    private async Task<GatewayError> RefusedAsync(RequestHandlerDelegate<IReadOnlyList<ModelItem>>? next = null)
    {
        var handle = () => HandleAsync(next);
        return (await handle.Should().ThrowAsync<GatewayException>()).Which.Error;
    }
}
