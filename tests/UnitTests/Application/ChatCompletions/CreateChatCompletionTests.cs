using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Models;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class CreateChatCompletionTests
{
    private static readonly byte[] AnswerJson = """{"id":"c1","choices":[{"index":0,"message":{"content":"Hello"}}]}"""u8.ToArray();
    private static readonly GatewayError Refusal = GatewayError.UpstreamFailed("upstream_error", "The provider failed.");

    private readonly Books books = new();
    private readonly IChatProvider provider = Substitute.For<IChatProvider>();
    private readonly IGatewaySnapshots snapshots = Substitute.For<IGatewaySnapshots>();

    public CreateChatCompletionTests()
    {
        Serve("gpt-4");
        ProviderAnswers(new ChatOutcome.Completed(AnswerJson, UsageReport.Of(new TokenUsage(9, 3)), "gpt-4-0613"));
    }

    [Fact]
    public async Task A_whole_answer_comes_back_as_the_provider_gave_it_and_is_recorded()
    {
        var chat = Books.Chat();

        var outcome = await HandleAsync(chat);

        outcome.Should().BeOfType<ChatOutcome.Completed>().Which.Json.Should().Be((ReadOnlyMemory<byte>)AnswerJson);
        books.Single.Request.Should().Match<RequestLog>(request =>
            request.Model == "gpt-4" && request.StatusCode == 200 && request.ProviderName == "openai-main" && !request.Stream);
        books.Single.Request.Body.Should().Be(LoggedBody.Exact(chat.Body));
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "ok" && response.Cost == 0.00045m && response.ResponseModel == "gpt-4-0613" && response.StatusCode == 200);
        books.Single.Response.Body.Should().Be(LoggedBody.Exact(AnswerJson));
        books.Single.Usage!.TotalCostUsd.Should().Be(0.00045m);
    }

    [Fact]
    public async Task The_journal_is_asked_before_the_provider_is()
    {
        provider.SendAsync(default!, default!, CancellationToken.None).ReturnsForAnyArgs(_ =>
        {
            books.Accepted.Should().ContainSingle();
            return new ChatOutcome.Completed(AnswerJson, UsageReport.None, null);
        });

        await HandleAsync();

        Sent.Should().Be(1);
    }

    [Fact]
    public async Task When_the_journal_takes_nothing_nothing_is_sent_or_recorded()
    {
        books.Accepts = false;

        var outcome = await HandleAsync();

        outcome.Should().Be(new ChatOutcome.Refused(GatewayError.LogUnavailable));
        Sent.Should().Be(0);
        LookedAgain.Should().Be(0);
        books.Completed.Should().BeEmpty();
    }

    [Fact]
    public async Task An_answer_that_cannot_be_recorded_is_not_given()
    {
        books.Completes = false;

        var outcome = await HandleAsync();

        outcome.Should().Be(new ChatOutcome.Refused(GatewayError.LogUnavailable));
        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_refusal_that_cannot_be_recorded_is_told_as_that()
    {
        books.Completes = false;
        ProviderAnswers(new ChatOutcome.Refused(Refusal));

        var outcome = await HandleAsync();

        outcome.Should().BeOfType<ChatOutcome.Refused>().Which.Error.Should().Be(GatewayError.LogUnavailable);
        books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_model_that_the_key_may_not_use_is_refused_without_asking_anyone()
    {
        var outcome = await HandleAsync(call: books.Call("echo", "my-gpt4"));

        Error(outcome).Should().Match<GatewayError>(error => error.Kind == GatewayErrorKind.Forbidden && error.Code == "model_not_allowed" && error.Param == "model");
        Sent.Should().Be(0);
        LookedAgain.Should().Be(0);
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "rejected" && response.ErrorCode == "model_not_allowed" && response.StatusCode == 403 && response.Cost == 0);
        books.Single.Usage.Should().BeNull();
    }

    [Fact]
    public async Task Whether_a_model_exists_is_no_business_of_a_key_that_may_not_use_it() =>
        Error(await HandleAsync(Books.Chat("gpt-99"), books.Call("echo"))).Code.Should().Be("model_not_allowed");

    [Fact]
    public async Task A_key_is_allowed_the_name_it_was_given_and_not_what_stands_behind_it()
    {
        Serve("my-gpt4");

        (await HandleAsync(Books.Chat("my-gpt4"), books.Call("my-gpt4"))).Should().BeOfType<ChatOutcome.Completed>();

        Error(await HandleAsync(Books.Chat("my-gpt4"), books.Call("gpt-4"))).Code.Should().Be("model_not_allowed");
    }

    [Fact]
    public async Task A_model_that_is_known_is_not_looked_up_again()
    {
        await HandleAsync();

        LookedAgain.Should().Be(0);
    }

    [Fact]
    public async Task A_model_that_has_just_been_added_is_found_at_the_second_look()
    {
        LookingAgainFinds(Snapshot("gpt-99"));

        var outcome = await HandleAsync(Books.Chat("gpt-99"));

        outcome.Should().BeOfType<ChatOutcome.Completed>();
        LookedAgain.Should().Be(1);
        books.Single.Usage!.Model.Should().Be("gpt-99");
    }

    [Fact]
    public async Task A_model_that_is_not_there_at_the_second_look_is_unknown()
    {
        LookingAgainFinds(Snapshot("gpt-4"));

        var outcome = await HandleAsync(Books.Chat("gpt-99"));

        Error(outcome).Should().Be(GatewayError.UnknownModel("gpt-99"));
        LookedAgain.Should().Be(1);
        Sent.Should().Be(0);
        books.Single.Request.Should().Match<RequestLog>(request => request.Model == "gpt-99" && request.StatusCode == 400 && request.ProviderId == null);
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "rejected" && response.ErrorCode == "unknown_model");
        System.Text.Encoding.UTF8.GetString(books.Single.Response.Body.Json!.Value.Span).Should()
            .Be("""{"error":{"message":"unknown model: gpt-99","type":"invalid_request_error","code":400}}""", "the log keeps what the caller was told");
    }

    [Fact]
    public async Task A_model_that_does_not_chat_is_unknown_here()
    {
        var embeddings = new GatewaySnapshot(1, [new ServedModel("text-embedding-3", "openai", DateTimeOffset.UnixEpoch, Chat: null)]);
        snapshots.Current.Returns(embeddings);
        LookingAgainFinds(embeddings);

        Error(await HandleAsync(Books.Chat("text-embedding-3"))).Code.Should().Be("unknown_model");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refusal_of_the_provider_is_passed_on_and_recorded(bool mayBeBilled)
    {
        ProviderAnswers(new ChatOutcome.Refused(Refusal, mayBeBilled));

        var outcome = await HandleAsync();

        Error(outcome).Should().Be(Refusal);
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "upstream_error" && response.ErrorCode == "upstream_error" && response.StatusCode == 502);
        (books.Single.Response.Cost == 0).Should().Be(!mayBeBilled);
        (books.Single.Usage is not null).Should().Be(mayBeBilled);
    }

    [Fact]
    public async Task A_provider_that_throws_is_a_fault_of_the_gateway_and_thrown_on()
    {
        var fault = new InvalidOperationException("a bug");
        provider.SendAsync(default!, default!, CancellationToken.None).ThrowsAsyncForAnyArgs(fault);

        var handle = () => HandleAsync();

        (await handle.Should().ThrowAsync<InvalidOperationException>()).Which.Should().BeSameAs(fault);
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "gateway_error" && response.StatusCode == 500 && response.Cost == null && response.UnpricedReason == "interrupted");
        books.Single.Usage.Should().NotBeNull("it may have been billed");
    }

    [Fact]
    public async Task A_caller_who_leaves_while_the_provider_thinks_is_recorded_as_gone()
    {
        using var caller = new CancellationTokenSource();
        provider.SendAsync(default!, default!, CancellationToken.None).ReturnsForAnyArgs<ChatOutcome>(_ => throw Left(caller));

        var handle = () => HandleAsync(caller: caller);

        await handle.Should().ThrowAsync<OperationCanceledException>();
        books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "client_closed" && response.ErrorCode == "client_closed" && response.StatusCode == 499 && response.UnpricedReason == "interrupted");
        books.Single.Request.StatusCode.Should().Be(499);
    }

    [Fact]
    public async Task A_cancellation_that_is_not_the_callers_is_a_fault_of_the_gateway()
    {
        provider.SendAsync(default!, default!, CancellationToken.None).ThrowsAsyncForAnyArgs(new TaskCanceledException("a timeout that nobody caught"));

        var handle = () => HandleAsync();

        await handle.Should().ThrowAsync<OperationCanceledException>();
        books.Single.Response.Outcome.Should().Be("gateway_error");
    }

    [Fact]
    public async Task A_caller_who_leaves_while_a_model_is_looked_up_is_recorded_as_gone()
    {
        using var caller = new CancellationTokenSource();
        snapshots.LookAgainAsync("", CancellationToken.None).ReturnsForAnyArgs<GatewaySnapshot>(_ => throw Left(caller));

        var handle = () => HandleAsync(Books.Chat("gpt-99"), caller: caller);

        await handle.Should().ThrowAsync<OperationCanceledException>();
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "client_closed" && response.StatusCode == 499 && response.Cost == 0);
    }

    [Fact]
    public async Task A_look_up_that_fails_is_recorded_all_the_same()
    {
        snapshots.LookAgainAsync("", CancellationToken.None).ReturnsForAnyArgs<GatewaySnapshot>(_ => throw new InvalidOperationException("a bug"));

        var handle = () => HandleAsync(Books.Chat("gpt-99"));

        await handle.Should().ThrowAsync<InvalidOperationException>();
        books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "gateway_error" && response.StatusCode == 500 && response.Cost == 0);
    }

    private int Sent => provider.ReceivedCalls().Count();

    private int LookedAgain => snapshots.ReceivedCalls().Count(call => call.GetMethodInfo().Name == nameof(IGatewaySnapshots.LookAgainAsync));

    private static GatewayError Error(ChatOutcome outcome) => outcome.Should().BeOfType<ChatOutcome.Refused>().Which.Error;

    private static OperationCanceledException Left(CancellationTokenSource caller)
    {
        caller.Cancel();
        return new OperationCanceledException(caller.Token);
    }

    private Task<ChatOutcome> HandleAsync(ChatRequest? chat = null, ClientCall? call = null, CancellationTokenSource? caller = null) =>
        new CreateChatCompletionHandler(snapshots, books.Recorder, books.Metrics, books.Clock)
            .Handle(new CreateChatCompletion(chat ?? Books.Chat(), call ?? books.Call()), caller?.Token ?? CancellationToken.None);

    private void ProviderAnswers(ChatOutcome outcome) => provider.SendAsync(default!, default!, CancellationToken.None).ReturnsForAnyArgs(outcome);

    private void Serve(string model) => snapshots.Current.Returns(Snapshot(model));

    private void LookingAgainFinds(GatewaySnapshot snapshot) => snapshots.LookAgainAsync("", CancellationToken.None).ReturnsForAnyArgs(snapshot);

    private GatewaySnapshot Snapshot(string model)
    {
        var destination = new Destination(new ProviderId(Guid.CreateVersion7(books.Clock.GetUtcNow())), "openai-main", model, new Price(0.00003m, 0.00006m));
        return new GatewaySnapshot(1, [new ServedModel(model, "openai", DateTimeOffset.UnixEpoch, new ChatTarget(destination, model, provider))]);
    }
}
