using System.Net;
using System.Net.Http.Headers;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

/// <summary>What is tried a second time, and with what.</summary>
public class HttpProviderAttemptTests
{
    private const string Answer = """{"choices":[]}""";
    private const string Unknown = """{"error":{"message":"temperature: Extra inputs are not permitted","type":"invalid_request_error"}}""";

    private readonly ManualTime clock = new();
    private readonly List<HttpRequestMessage> sent = [];

    [Fact]
    public async Task A_token_that_was_taken_back_is_not_used_again()
    {
        var outcome = await SendAsync(TokensInTurn(), request => request.Headers.Authorization!.Parameter == "token-2" ? (200, Answer) : (401, ""));

        outcome.Should().BeOfType<InferenceOutcome.Completed>();
        sent.Select(request => request.Headers.Authorization).Should().Equal(
            new AuthenticationHeaderValue("Bearer", "token-1"), new AuthenticationHeaderValue("Bearer", "token-2"));
    }

    [Fact]
    public async Task A_provider_that_does_not_accept_the_next_token_either_is_not_asked_for_ever()
    {
        var refused = Refusal(await SendAsync(TokensInTurn(), _ => (401, "")));

        (refused.Error.Code, refused.MayBeBilled, sent.Count).Should().Be(("upstream_authentication_error", false, 2));
    }

    [Fact]
    public async Task A_key_that_is_wrong_is_not_tried_twice()
    {
        Refusal(await SendAsync(new HeaderCredential("x-api-key", "k"), _ => (401, ""))).Error.Code.Should().Be("upstream_authentication_error");

        sent.Should().ContainSingle();
    }

    [Fact]
    public async Task Without_anything_to_say_who_calls_nothing_is_sent()
    {
        var refused = Refusal(await SendAsync(new NoCredential(), _ => (200, Answer)));

        (refused.Error.Code, refused.MayBeBilled, sent.Count).Should().Be(("upstream_authentication_error", false, 0));
    }

    [Fact]
    public async Task A_refusal_that_another_spelling_avoids_is_answered_by_it_once()
    {
        var dialect = new Respelling(Amends: true);

        var outcome = await SendAsync(new HeaderCredential("x-api-key", "k"), request => request.RequestUri!.Query == "" ? (400, Unknown) : (200, Answer), dialect);

        outcome.Should().BeOfType<InferenceOutcome.Completed>().Which.DroppedParams.Should().Equal("temperature");
        sent.Should().HaveCount(2);

        sent.Clear();
        Refusal(await SendAsync(new HeaderCredential("x-api-key", "k"), _ => (400, Unknown), dialect)).Error.Code.Should().Be("invalid_request");
        sent.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_refusal_that_no_spelling_avoids_is_one()
    {
        Refusal(await SendAsync(new HeaderCredential("x-api-key", "k"), _ => (400, Unknown), new Respelling(Amends: false)))
            .Error.Code.Should().Be("invalid_request");

        sent.Should().ContainSingle();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_second_attempt_is_waited_for_as_long_as_the_first(bool isForgotten)
    {
        var outcome = await SendAsync(
            isForgotten ? TokensInTurn() : new HeaderCredential("x-api-key", "k"),
            _ =>
            {
                clock.Advance(TimeSpan.FromSeconds(59));   // more than is waited for the rest of an answer that has begun
                return sent.Count == 2 ? (200, Answer) : isForgotten ? (401, "") : (400, Unknown);
            },
            new Respelling(Amends: true));

        outcome.Should().BeOfType<InferenceOutcome.Completed>();
    }

    private static InferenceOutcome.Refused Refusal(InferenceOutcome outcome) => outcome.Should().BeOfType<InferenceOutcome.Refused>().Subject;

    private AccessTokenCredential TokensInTurn() =>
        new(new AccessTokenCache(new CountingSource(clock), "main", clock, NullLogger.Instance));

    private Task<InferenceOutcome> SendAsync(ICredential credential, Func<HttpRequestMessage, (int Status, string Body)> answer, IDialect? dialect = null)
    {
        var account = Chats.Account();
        var provider = new HttpProvider(
            account, dialect ?? new OpenAiDialect(account), credential, new ServerSentEvents(), new HttpMessageInvoker(new Upstream(sent, answer)),
            new UpstreamTimeouts(FirstByte: TimeSpan.FromSeconds(60), Idle: TimeSpan.FromSeconds(10)), clock, NullLogger.Instance);
        return provider.SendAsync(Chats.Read(Chats.Hello), Chats.Target("m"), TestContext.Current.CancellationToken);
    }

    private sealed class CountingSource(TimeProvider clock) : IAccessTokenSource
    {
        private int asked;

        public Task<AccessToken> RequestAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new AccessToken($"token-{++asked}", clock.GetUtcNow() + TimeSpan.FromHours(1)));
    }

    private sealed class NoCredential : ICredential
    {
        public ValueTask ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
            throw new UpstreamCredentialException("the token endpoint answered invalid_grant");
    }

    /// <summary>OpenAI's language, and another URL for what was refused.</summary>
    private sealed record Respelling(bool Amends) : IDialect
    {
        private readonly OpenAiDialect openAi = new(Chats.Account());

        public bool Speaks(ApiFormat api, InferenceTarget target) => openAi.Speaks(api, target);

        public DialectRequest Write(InferenceRequest request, InferenceTarget target)
        {
            var message = openAi.Write(request, target).Message!;
            return message with
            {
                Amend = failure => Amends && failure.Mentions("Extra inputs")
                    ? message with { Url = new Uri(message.Url, "?once-more"), DroppedParams = ["temperature"] }
                    : null,
            };
        }

        public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers) => openAi.ReadFailure(body, headers);

        public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => openAi.KindOf(status, failure);
    }

    private sealed class Upstream(List<HttpRequestMessage> sent, Func<HttpRequestMessage, (int Status, string Body)> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            sent.Add(request);
            var (status, body) = answer(request);
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, null, "application/json") });
        }
    }
}
