using System.Net;
using System.Text;
using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Anthropic;

public sealed class AnthropicErrorsTests : IDisposable
{
    private readonly AnthropicSetup setup = new();

    [Theory]
    [InlineData(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", nameof(UpstreamErrorKind.ContextLength))]
    [InlineData(
        400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 1 + 2 > 2", nameof(UpstreamErrorKind.ContextLength))]
    [InlineData(400, "invalid_request_error", "Your credit balance is too low to access the API.", nameof(UpstreamErrorKind.Billing))]
    [InlineData(400, "invalid_request_error", "You have reached your specified API usage limits.", nameof(UpstreamErrorKind.Billing))]
    [InlineData(400, "invalid_request_error", "Output blocked by content filtering policy", nameof(UpstreamErrorKind.ContentFilter))]
    [InlineData(400, "invalid_request_error", "messages: at least one is needed", nameof(UpstreamErrorKind.InvalidRequest))]
    [InlineData(401, "authentication_error", "invalid x-api-key", nameof(UpstreamErrorKind.Authentication))]
    [InlineData(402, "billing_error", "", nameof(UpstreamErrorKind.Billing))]
    [InlineData(403, "permission_error", "", nameof(UpstreamErrorKind.Permission))]
    [InlineData(404, "not_found_error", "model: x", nameof(UpstreamErrorKind.ModelNotFound))]
    [InlineData(409, "conflict_error", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(413, "request_too_large", "", nameof(UpstreamErrorKind.RequestTooLarge))]
    [InlineData(422, "invalid_request_error", "", nameof(UpstreamErrorKind.InvalidRequest))]
    [InlineData(429, "rate_limit_error", "", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(499, "", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(500, "api_error", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(503, "", "", nameof(UpstreamErrorKind.Overloaded))]
    [InlineData(504, "timeout_error", "", nameof(UpstreamErrorKind.Timeout))]
    [InlineData(529, "overloaded_error", "", nameof(UpstreamErrorKind.Overloaded))]
    [InlineData(null, "overloaded_error", "Overloaded", nameof(UpstreamErrorKind.Overloaded))]
    [InlineData(null, "rate_limit_error", "", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(null, "api_error", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(null, "invalid_request_error", "prompt is too long", nameof(UpstreamErrorKind.ContextLength))]
    [InlineData(null, "of_a_new_kind", "", nameof(UpstreamErrorKind.Failed))]
    public void Anthropics_errors_are_of_these_kinds(int? status, string type, string message, string kind) =>
        KindOf(status, $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"{{{message}}}"},"request_id":"req_1"}""").Should().Be(kind);

    [Theory]
    [InlineData(429, "rate_limit_error", "enforced_spend_limit_reached", nameof(UpstreamErrorKind.Billing))]
    [InlineData(429, "rate_limit_error", "contract_spend_limit_reached", nameof(UpstreamErrorKind.Billing))]
    [InlineData(429, "rate_limit_error", "ramp_limit_exceeded", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(503, "api_error", "cmek_key_unreachable", nameof(UpstreamErrorKind.Failed))]
    public void The_code_of_an_error_says_more(int status, string type, string code, string kind)
    {
        var json = $$$$"""{"type":"error","error":{"type":"{{{{type}}}}","message":"","details":{"error_code":"{{{{code}}}}"}}}""";

        KindOf(status, json).Should().Be(kind);
    }

    [Theory]
    [InlineData(429, "RESOURCE_EXHAUSTED", "Quota exceeded", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(401, "UNAUTHENTICATED", "", nameof(UpstreamErrorKind.Authentication))]
    [InlineData(403, "PERMISSION_DENIED", "", nameof(UpstreamErrorKind.Permission))]
    [InlineData(404, "NOT_FOUND", "Publisher Model was not found", nameof(UpstreamErrorKind.ModelNotFound))]
    [InlineData(400, "FAILED_PRECONDITION", "User location is not supported for the API use.", nameof(UpstreamErrorKind.Permission))]
    [InlineData(400, "INVALID_ARGUMENT", "API key not valid.", nameof(UpstreamErrorKind.Authentication))]
    [InlineData(400, "INVALID_ARGUMENT", "x", nameof(UpstreamErrorKind.InvalidRequest))]
    [InlineData(503, "UNAVAILABLE", "", nameof(UpstreamErrorKind.Overloaded))]
    [InlineData(504, "DEADLINE_EXCEEDED", "", nameof(UpstreamErrorKind.Timeout))]
    [InlineData(500, "INTERNAL", "", nameof(UpstreamErrorKind.Failed))]
    public void Googles_errors_around_it_are_of_these_kinds(int status, string type, string message, string kind)
    {
        var json = $$$"""{"error":{"code":{{{status}}},"message":"{{{message}}}","status":"{{{type}}}"}}""";

        KindOf(status, json).Should().Be(kind);
        KindOf(status, $"[{json}]").Should().Be(kind);
    }

    [Theory]
    [InlineData(429, "ThrottlingException", "Too many requests", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(429, "ThrottlingException", "Too many tokens per day", nameof(UpstreamErrorKind.Billing))]
    [InlineData(null, "throttlingException", "Too many", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(429, "ModelNotReadyException", "", nameof(UpstreamErrorKind.Overloaded))]
    [InlineData(400, "ValidationException", "The provided model identifier is invalid.", nameof(UpstreamErrorKind.ModelNotFound))]
    [InlineData(400, "ValidationException", "prompt is too long", nameof(UpstreamErrorKind.ContextLength))]
    [InlineData(400, "ServiceQuotaExceededException", "", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(403, "ExpiredTokenException", "", nameof(UpstreamErrorKind.Authentication))]
    [InlineData(403, "AccessDeniedException", "", nameof(UpstreamErrorKind.Permission))]
    [InlineData(424, "ModelErrorException", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(408, "ModelTimeoutException", "", nameof(UpstreamErrorKind.Timeout))]
    public void Amazons_errors_around_it_are_of_these_kinds(int? status, string type, string message, string kind)
    {
        using var response = new HttpResponseMessage();
        response.Headers.Add("x-amzn-errortype", $"{type}:http://internal.amazon.com/coral/");
        var inHeader = setup.Dialect.ReadFailure(Encoding.UTF8.GetBytes($$"""{"message":"{{message}}"}"""), response.Headers);

        setup.Dialect.KindOf(status, inHeader).ToString().Should().Be(kind);
        KindOf(status, $$"""{"__type":"com.amazonaws#{{type}}","message":"{{message}}"}""").Should().Be(kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Bad gateway</html>")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("""{"error":"x"}""")]
    public void What_says_nothing_is_judged_by_its_status(string body)
    {
        KindOf(502, body).Should().Be(nameof(UpstreamErrorKind.Failed));
        KindOf(429, body).Should().Be(nameof(UpstreamErrorKind.RateLimited));
        KindOf(413, body).Should().Be(nameof(UpstreamErrorKind.RequestTooLarge));
    }

    [Fact]
    public void The_limit_that_is_used_up_says_when_to_try_again()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.Add("anthropic-ratelimit-requests-remaining", "3");
        response.Headers.Add("anthropic-ratelimit-requests-reset", "2025-10-09T08:59:00Z");
        response.Headers.Add("anthropic-ratelimit-input-tokens-remaining", "0");
        response.Headers.Add("anthropic-ratelimit-input-tokens-reset", "2025-10-09T08:53:42Z");

        var failure = setup.Dialect.ReadFailure("""{"type":"error","error":{"type":"rate_limit_error","message":""}}"""u8, response.Headers);

        failure.RetryAfter.Should().Be(TimeSpan.FromSeconds(22), "it is 08:53:20");
    }

    public void Dispose() => setup.Dispose();

    private string KindOf(int? status, string body) =>
        setup.Dialect.KindOf(status, setup.Dialect.ReadFailure(Encoding.UTF8.GetBytes(body), headers: null)).ToString();
}
