using System.Net;
using System.Net.Http.Headers;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class HttpProviderTests
{
    private readonly ManualTime clock = new();

    [Theory]
    [InlineData("""{"error":{"message":"words","code":429}}""", 429, "rate_limit_exceeded")]
    [InlineData("""{"error":{"message":"words","code":"503"}}""", 503, "upstream_overloaded")]
    [InlineData("""{"error":{"message":"words","code":402}}""", 429, "insufficient_quota")]
    [InlineData("""{"error":{"message":"words","code":"server_error"}}""", 502, "upstream_error")]
    [InlineData("""{"error":{"message":"words","code":200}}""", 502, "upstream_error")]
    [InlineData("""{"error":"words"}""", 502, "upstream_error")]
    public async Task An_error_inside_a_200_has_the_status_it_should_have_had(string body, int status, string code)
    {
        var refused = await SendAsync(Chats.Hello, _ => Answer(HttpStatusCode.OK, body));

        (StatusOf(refused), Refusal(refused).Error.Code).Should().Be((status, code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"choices":[]} trailing""")]
    public async Task A_200_that_is_no_completion_is_a_bad_response(string body) =>
        (await SendAsync(Chats.Hello, _ => Answer(HttpStatusCode.OK, body))).Should().Be(UpstreamErrors.BadResponse);

    [Fact]
    public async Task A_compressed_answer_is_not_unpacked()
    {
        var refused = await SendAsync(Chats.Hello, _ =>
        {
            var response = Answer(HttpStatusCode.OK, """{"choices":[]}""");
            response.Content.Headers.ContentEncoding.Add("gzip");
            return response;
        });

        refused.Should().Be(UpstreamErrors.BadResponse);
    }

    [Fact]
    public async Task An_upstream_that_does_not_begin_to_answer_is_given_up_at_its_deadline()
    {
        var sending = ProviderWith(async (_, stop) =>
        {
            await ScriptedStream.SilenceAsync(stop);
            throw new InvalidOperationException("The silence was broken.");
        }).SendAsync(Chats.Read(Chats.Hello), Chats.Target("m"), Stop);

        clock.Advance(TimeSpan.FromSeconds(59));
        sending.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));

        (await sending).Should().Be(UpstreamErrors.TimedOut);
    }

    [Fact]
    public async Task An_upstream_cannot_make_the_gateway_throw_by_what_it_says_of_waiting()
    {
        var refused = await SendAsync(
            Chats.Hello, _ => Answer(HttpStatusCode.TooManyRequests, """{"error":{"message":"Please try again in 99999999999999999999h."}}"""));

        (StatusOf(refused), Refusal(refused).Error.Code).Should().Be((429, "rate_limit_exceeded"));
    }

    [Fact]
    public async Task The_request_carries_the_gateways_credential_and_nothing_else_of_anyone()
    {
        HttpRequestMessage? seen = null;
        await SendAsync(Chats.HelloStream, request =>
        {
            seen = request;
            return Answer(HttpStatusCode.InternalServerError, "");
        });

        seen!.RequestUri.Should().Be(new Uri("https://api.example.com/v1/chat/completions"));
        seen.Method.Should().Be(HttpMethod.Post);
        seen.Headers.ToDictionary(header => header.Key, header => string.Join(' ', header.Value)).Should().Equal(new Dictionary<string, string>
        {
            ["Accept"] = "text/event-stream",
            ["User-Agent"] = "CleanGateway/1.0",
            ["Authorization"] = "Bearer sk-hunter2",
        });
        seen.Content!.Headers.ContentType.Should().Be(new MediaTypeHeaderValue("application/json"));
    }

    [Theory]
    [InlineData("sk-1", null, null, "Authorization: Bearer sk-1")]
    [InlineData("sk-1", "org-1", "proj_1", "Authorization: Bearer sk-1|OpenAI-Organization: org-1|OpenAI-Project: proj_1")]
    [InlineData(null, null, null, "")]
    [InlineData("", null, null, "")]
    public async Task A_credential_says_who_calls(string? apiKey, string? organization, string? project, string headers)
    {
        using var request = new HttpRequestMessage();

        await new BearerCredential(new UpstreamCredentials(apiKey, organization, project)).ApplyAsync(request, default, Stop);

        string.Join('|', request.Headers.Select(header => $"{header.Key}: {string.Join(' ', header.Value)}")).Should().Be(headers);
    }

    [Fact]
    public void Credentials_print_nothing_of_themselves() =>
        $"{Chats.Account(apiKey: "sk-hunter2")} {Chats.Account(apiKey: "sk-hunter2").Credentials}".Should().NotContain("hunter2");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static InferenceOutcome.Refused Refusal(InferenceOutcome outcome) => outcome.Should().BeOfType<InferenceOutcome.Refused>().Subject;

    private static int StatusOf(InferenceOutcome outcome) => ErrorBody.StatusOf(Refusal(outcome).Error.Kind);

    private static HttpResponseMessage Answer(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, null, "application/json") };

    private Task<InferenceOutcome> SendAsync(string json, Func<HttpRequestMessage, HttpResponseMessage> answer) =>
        ProviderWith((request, _) => Task.FromResult(answer(request))).SendAsync(Chats.Read(json), Chats.Target("m"), Stop);

    private HttpProvider ProviderWith(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        var account = Chats.Account();
        return new HttpProvider(
            account, new OpenAiDialect(account), new BearerCredential(account.Credentials), new ServerSentEvents(), new HttpMessageInvoker(new Upstream(answer)),
            new UpstreamTimeouts(FirstByte: TimeSpan.FromSeconds(60), Idle: TimeSpan.FromSeconds(10)), clock, NullLogger.Instance);
    }

    private sealed class Upstream(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            answer(request, cancellationToken);
    }
}
