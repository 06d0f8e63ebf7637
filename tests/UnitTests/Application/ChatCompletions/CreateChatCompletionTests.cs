using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.ChatCompletions;

public class CreateChatCompletionTests : ChatHandlerTest
{
    private static readonly GatewayError Refusal = GatewayError.UpstreamFailed("upstream_error", "The provider failed.");

    [Fact]
    public async Task A_whole_answer_comes_back_as_the_provider_gave_it_and_is_recorded()
    {
        var chat = Books.Chat();

        var outcome = await HandleAsync(chat);

        outcome.Should().BeOfType<InferenceOutcome.Completed>().Which.Json.Should().Be((ReadOnlyMemory<byte>)AnswerJson);
        Books.Single.Request.Should().Match<RequestLog>(request =>
            request.Model == "gpt-4" && request.StatusCode == 200 && request.ProviderName == "openai-main" && !request.Stream);
        Books.Single.Request.Body.Should().Be(LoggedBody.Exact(chat.Body));
        Books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "ok" && response.Cost == 0.00045m && response.ResponseModel == "gpt-4-0613" && response.StatusCode == 200);
        Books.Single.Response.Body.Should().Be(LoggedBody.Exact(AnswerJson));
        Books.Single.Usage!.TotalCostUsd.Should().Be(0.00045m);
    }

    [Fact]
    public async Task The_journal_is_asked_before_the_provider_is()
    {
        Provider.SendAsync(default!, default!, CancellationToken.None).ReturnsForAnyArgs(_ =>
        {
            Books.Accepted.Should().ContainSingle().Which.Destination.Should().NotBeNull("a crash from here on must know who may bill it");
            return new InferenceOutcome.Completed(AnswerJson, UsageReport.None, null);
        });

        await HandleAsync();

        Sent.Should().Be(1);
    }

    [Fact]
    public async Task What_the_journal_could_not_accept_is_not_sent()
    {
        Books.Accepts = false;

        var outcome = await HandleAsync();

        outcome.Should().Be(new InferenceOutcome.Refused(GatewayError.LogUnavailable));
        Sent.Should().Be(0);
        Books.Completed.Should().BeEmpty();
    }

    [Fact]
    public async Task When_the_journal_takes_nothing_nothing_is_sent_or_recorded()
    {
        Books.IsAvailable = false;

        var outcome = await HandleAsync();

        outcome.Should().Be(new InferenceOutcome.Refused(GatewayError.LogUnavailable));
        Sent.Should().Be(0);
        LookedAgain.Should().Be(0);
        Books.Completed.Should().BeEmpty();
    }

    [Fact]
    public async Task An_answer_that_cannot_be_recorded_is_not_given()
    {
        Books.Completes = false;

        var outcome = await HandleAsync();

        outcome.Should().Be(new InferenceOutcome.Refused(GatewayError.LogUnavailable));
        Books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_refusal_that_cannot_be_recorded_is_told_as_that()
    {
        Books.Completes = false;
        ProviderAnswers(new InferenceOutcome.Refused(Refusal));

        var outcome = await HandleAsync();

        outcome.Should().BeOfType<InferenceOutcome.Refused>().Which.Error.Should().Be(GatewayError.LogUnavailable);
        Books.Completed.Should().ContainSingle();
    }

    [Fact]
    public async Task A_model_that_the_key_may_not_use_is_refused_without_asking_anyone()
    {
        var outcome = await HandleAsync(call: Books.Call("echo", "my-gpt4"));

        Error(outcome).Should().Match<GatewayError>(error => error.Kind == GatewayErrorKind.Forbidden && error.Code == "model_not_allowed"
            && error.Param == "model");
        Sent.Should().Be(0);
        LookedAgain.Should().Be(0);
        Books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "rejected" && response.ErrorCode == "model_not_allowed" && response.StatusCode == 403 && response.Cost == 0);
        Books.Single.Usage.Should().BeNull();
    }

    [Fact]
    public async Task Whether_a_model_exists_is_no_business_of_a_key_that_may_not_use_it() =>
        Error(await HandleAsync(Books.Chat("gpt-99"), Books.Call("echo"))).Code.Should().Be("model_not_allowed");

    [Fact]
    public async Task A_key_is_allowed_the_name_it_was_given_and_not_what_stands_behind_it()
    {
        Serve("my-gpt4");

        (await HandleAsync(Books.Chat("my-gpt4"), Books.Call("my-gpt4"))).Should().BeOfType<InferenceOutcome.Completed>();

        Error(await HandleAsync(Books.Chat("my-gpt4"), Books.Call("gpt-4"))).Code.Should().Be("model_not_allowed");
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

        outcome.Should().BeOfType<InferenceOutcome.Completed>();
        LookedAgain.Should().Be(1);
        Books.Single.Usage!.Model.Should().Be("gpt-99");
    }

    [Fact]
    public async Task A_model_that_is_not_there_at_the_second_look_is_unknown()
    {
        LookingAgainFinds(Snapshot("gpt-4"));

        var outcome = await HandleAsync(Books.Chat("gpt-99"));

        Error(outcome).Should().Be(GatewayError.UnknownModel("gpt-99"));
        LookedAgain.Should().Be(1);
        Sent.Should().Be(0);
        Books.Single.Request.Should().Match<RequestLog>(request => request.Model == "gpt-99" && request.StatusCode == 400
            && request.ProviderId == null);
        Books.Single.Response.Should().Match<ResponseLog>(response => response.Outcome == "rejected" && response.ErrorCode == "unknown_model");
        Books.Single.Response.Body.Json!.Value.ToArray().Should().Equal(
            """{"error":{"message":"unknown model: gpt-99","type":"invalid_request_error","code":400}}"""u8.ToArray(), "that is what the caller was told");
    }

    [Fact]
    public async Task A_model_that_does_not_chat_is_unknown_here()
    {
        var embeddings = Snapshot("text-embedding-3", mode: "embedding");
        Snapshots.Current.Returns(embeddings);
        LookingAgainFinds(embeddings);

        Error(await HandleAsync(Books.Chat("text-embedding-3"))).Code.Should().Be("unknown_model");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refusal_of_the_provider_is_passed_on_and_recorded(bool mayBeBilled)
    {
        ProviderAnswers(new InferenceOutcome.Refused(Refusal, mayBeBilled));

        var outcome = await HandleAsync();

        Error(outcome).Should().Be(Refusal);
        Books.Single.Response.Should().Match<ResponseLog>(response =>
            response.Outcome == "upstream_error" && response.ErrorCode == "upstream_error" && response.StatusCode == 502);
        (Books.Single.Response.Cost == 0).Should().Be(!mayBeBilled);
        (Books.Single.Usage is not null).Should().Be(mayBeBilled);
    }

    private static GatewayError Error(InferenceOutcome outcome) => outcome.Should().BeOfType<InferenceOutcome.Refused>().Which.Error;
}
