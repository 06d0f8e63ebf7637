using System.Globalization;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What becomes of an upstream's own refusals, status by status.</summary>
public class ChatTestsUpstreamFailures(GatewayFixture gateway) : ChatTestOfFailures(gateway)
{
    private const string NoWords =
        """{"error":{"message":"Internal: shard 7 of org-ABCDEF at https://10.0.0.1 failed, key sk-upstream-secret","type":"x","param":null,"code":null}}""";
    private const string Html = "<!DOCTYPE html><html><title>502 Bad Gateway</title><body>nginx at upstream.internal</body></html>";

    /// <summary>What only an operator can mend: the upstream's words stay here, whatever they are.</summary>
    public static TheoryData<int, Failure> OfTheAccount => new()
    {
        { 401, new(502, "The provider does not accept the gateway's credentials.", "upstream_error", null, "upstream_authentication_error", Billed: false) },
        { 402, new(429, "The gateway's quota at the provider is exhausted.", "insufficient_quota", null, "insufficient_quota", Billed: false) },
        { 403, new(502, "The provider does not permit the gateway this call.", "upstream_error", null, "upstream_permission_denied", Billed: false) },
        { 404, new(404, "The provider does not have this model.", "invalid_request_error", "model", "model_not_found", Billed: false) },
        { 408, new(504, "The provider did not answer in time.", "server_error", null, "upstream_timeout") },
        { 409, new(502, "The provider failed.", "server_error", null, "upstream_error", Billed: false) },
        { 413, new(413, "The request is too large for the provider.", "invalid_request_error", null, "request_too_large", Billed: false) },
        { 498, new(503, "The provider is overloaded. Please try again.", "server_error", null, "upstream_overloaded", Billed: false) },
        { 500, new(502, "The provider failed.", "server_error", null, "upstream_error") },
        { 502, new(502, "The provider failed.", "server_error", null, "upstream_error") },
        { 503, new(503, "The provider is overloaded. Please try again.", "server_error", null, "upstream_overloaded") },
        { 504, new(504, "The provider did not answer in time.", "server_error", null, "upstream_timeout") },
        { 520, new(502, "The provider failed.", "server_error", null, "upstream_error") },
        { 529, new(503, "The provider is overloaded. Please try again.", "server_error", null, "upstream_overloaded") },
        { 599, new(502, "The provider failed.", "server_error", null, "upstream_error") },
    };

    [Theory]
    [MemberData(nameof(OfTheAccount))]
    public async Task What_the_operator_has_to_mend_is_told_in_the_gateways_words(int status, Failure failure)
    {
        foreach (var (body, contentType) in new[] { (NoWords, "application/json"), (Html, "text/html"), ("", "application/json"), ("[1,", "application/json") })
        {
            await ForgetAsync();
            Upstream.Answer = call => call.RespondAsync(status, body, contentType);

            using var response = await ChatAsync();

            await ShouldFailAsync(response, failure);
        }
    }

    /// <summary>What concerns the caller's request: the upstream's words, without what looks like a secret.</summary>
    public static TheoryData<int, string, Failure> OfTheRequest => new()
    {
        {
            400, """{"error":{"message":"'temperature' is above 2.","type":"invalid_request_error","param":"temperature","code":"above_max_value"}}""",
            Bad("'temperature' is above 2.", "temperature", "above_max_value")
        },
        { 400, """{"error":{"message":"Bad.","type":"invalid_request_error","param":null,"code":null}}""", Bad("Bad.", null, "invalid_request") },
        { 400, """{"error":"Bad."}""", Bad("Bad.", null, "invalid_request") },
        { 400, """{"object":"error","message":"Bad.","code":40001}""", Bad("Bad.", null, "40001") },
        { 422, """{"detail":"Bad."}""", Bad("Bad.", null, "invalid_request") },
        { 422, """{"detail":[{"loc":["body","n"],"msg":"bad"}]}""", Bad("""[{"loc":["body","n"],"msg":"bad"}]""", null, "invalid_request") },
        { 405, """{"error":{"message":"Bad."}}""", Bad("Bad.", null, "invalid_request") },
        { 400, Html, Bad("The provider refused the request as invalid.", null, "invalid_request") },
        { 400, "", Bad("The provider refused the request as invalid.", null, "invalid_request") },
        {
            400, """{"error":{"message":"Too many tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""",
            Bad("Too many tokens.", "messages", "context_length_exceeded")
        },
        {
            400, """{"error":{"message":"This model's maximum context length is 8192 tokens.","code":400}}""",
            Bad("This model's maximum context length is 8192 tokens.", "messages", "context_length_exceeded")
        },
        { 400, """{"error":{"message":"Not allowed.","code":"content_policy_violation"}}""", Bad("Not allowed.", null, "content_filter") },
        { 400, """{"error":{"message":"Your prompt was flagged.","code":"x"}}""", Bad("Your prompt was flagged.", null, "content_filter") },
        {
            400,
            """{"error":{"message":"Bad key sk-upstream-secret of org-ABCDEF, see https://x.example/k","param":"sk-other-secret","code":"sk-other-secret"}}""",
            Bad("Bad key *** of ***, see ***", "***", "invalid_request")
        },
    };

    [Theory]
    [MemberData(nameof(OfTheRequest))]
    public async Task What_the_caller_can_mend_is_told_in_the_upstreams_words(int status, string body, Failure failure)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(status, body);

        using var response = await ChatAsync();

        await ShouldFailAsync(response, failure);
        response.Headers.GetValues("x-should-retry").Should().Equal("false");
    }

    [Theory]
    [InlineData("Retry-After: 7", "7", "7000")]
    [InlineData("Retry-After: 0.2", "1", "200")]
    [InlineData("retry-after-ms: 1500", "2", "1500")]
    [InlineData("Retry-After: 86400", "600", "600000")]
    [InlineData("Retry-After: Thu, 01 Jan 2026 00:00:00 GMT", "0", "0")]
    [InlineData("Retry-After: soon", "5", "5000")]
    [InlineData("X-Nothing: 1", "5", "5000")]
    public async Task A_rate_limit_says_when_to_come_back(string header, string seconds, string milliseconds)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(
            429, """{"error":{"message":"Slow down.","type":"requests","code":"rate_limit_exceeded"}}""", headers: header);

        using var response = await ChatAsync();

        await ShouldFailAsync(response, new(429, "Slow down.", "rate_limit_error", null, "rate_limit_exceeded", Billed: false));
        response.Headers.GetValues("Retry-After").Should().Equal(seconds);
        response.Headers.GetValues("retry-after-ms").Should().Equal(milliseconds);
        response.Headers.Contains("x-should-retry").Should().BeFalse("another try is worth it then");
    }

    [Fact]
    public async Task A_rate_limit_with_a_date_is_turned_into_seconds()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(429, "", headers: $"Retry-After: {TimeProvider.System.GetUtcNow().AddSeconds(120):r}");

        using var response = await ChatAsync();

        // Dates have whole seconds, and a busy machine some more of them behind it.
        var seconds = int.Parse(response.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture);
        seconds.Should().BeInRange(60, 120);
        await ShouldFailAsync(response, new(
            429, $"The provider's rate limit is reached. Please try again in {seconds}s.", "rate_limit_error", null, "rate_limit_exceeded", Billed: false));
    }

    [Theory]
    [InlineData("""{"error":{"message":"You exceeded your current quota, org-ABCDEF","type":"insufficient_quota","code":"insufficient_quota"}}""")]
    [InlineData("""{"error":{"message":"No money","type":"x","code":"billing_hard_limit_reached"}}""")]
    public async Task An_empty_account_is_not_a_rate_limit(string body)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(429, body);

        using var response = await ChatAsync();

        await ShouldFailAsync(
            response, new(429, "The gateway's quota at the provider is exhausted.", "insufficient_quota", null, "insufficient_quota", Billed: false));
        response.Headers.GetValues("Retry-After").Should().Equal("60");
        response.Headers.GetValues("x-should-retry").Should().Equal("false");
    }

    [Theory]
    [InlineData(503)]
    [InlineData(529)]
    public async Task An_overload_passes_the_wait_on(int status)
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(status, "", headers: "Retry-After: 3");

        using var response = await ChatAsync();

        await ShouldFailAsync(response, new(503, "The provider is overloaded. Please try again.", "server_error", null, "upstream_overloaded"));
        response.Headers.GetValues("Retry-After").Should().Equal("3");
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var elsewhere = new FakeUpstream();
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(status, "", headers: $"Location: {elsewhere.Url}/chat/completions");

        using var response = await ChatAsync();

        await ShouldFailAsync(response, new(502, "The provider failed.", "server_error", null, "upstream_error", Billed: false));
        elsewhere.Connections.Should().Be(0);
        response.Headers.Location.Should().BeNull();
    }

    private static Failure Bad(string message, string? param, string code) => new(400, message, "invalid_request_error", param, code, Billed: false);
}
