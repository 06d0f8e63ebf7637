using System.Net;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

/// <summary>What callers are told of an upstream's error: the table that all providers share.</summary>
public class UpstreamErrorsTests
{
    private const string Secret = "sk-hunter2hunter2";

    [Theory]
    [InlineData(400, """{"error":{"message":"words","code":"context_length_exceeded"}}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 8192 tokens."}}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"error":{"message":"words","code":"content_policy_violation"}}""", 400, "invalid_request_error", "content_filter")]
    [InlineData(400, """{"error":{"message":"words","code":"invalid_prompt"}}""", 400, "invalid_request_error", "content_filter")]
    [InlineData(400, """{"error":{"message":"Your request was rejected by our safety system."}}""", 400, "invalid_request_error", "content_filter")]
    [InlineData(400, """{"error":{"message":"Your prompt was flagged as potentially violating our usage policy."}}""", 400, "invalid_request_error", "content_filter")]
    [InlineData(400, """{"error":{"message":"words","code":"unsupported_value","param":"temperature"}}""", 400, "invalid_request_error", "unsupported_value")]
    [InlineData(400, """{"error":{"message":"words","code":null}}""", 400, "invalid_request_error", "invalid_request")]
    [InlineData(401, """{"error":{"message":"words","code":"invalid_api_key"}}""", 502, "upstream_error", "upstream_authentication_error")]
    [InlineData(403, """{"error":{"message":"words","code":"unsupported_country_region_territory"}}""", 502, "upstream_error", "upstream_permission_denied")]
    [InlineData(404, """{"error":{"message":"words","code":"model_not_found"}}""", 404, "invalid_request_error", "model_not_found")]
    [InlineData(408, "{}", 504, "server_error", "upstream_timeout")]
    [InlineData(409, "{}", 502, "server_error", "upstream_error")]
    [InlineData(413, "{}", 413, "invalid_request_error", "request_too_large")]
    [InlineData(429, """{"error":{"message":"words","type":"insufficient_quota"}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, """{"error":{"message":"words","type":"rate_limit_error","code":"insufficient_quota"}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, """{"error":{"message":"words","code":"credit_balance_exhausted"}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, """{"error":{"message":"words","code":"organization_spend_limit_exceeded"}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, """{"error":{"message":"words","code":"project_spend_limit_exceeded"}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, """{"error":{"message":"words","code":"organization_usage_limit_exceeded"}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, """{"error":{"message":"words","code":"billing_hard_limit_reached"}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, """{"error":{"message":"words","code":"billing_not_active"}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, """{"error":{"message":"words","type":"rate_limit_error","code":"rate_limit_exceeded"}}""", 429, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(429, """{"error":{"message":"words","type":"tokens"}}""", 429, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(429, """{"error":{"message":"words","type":"requests"}}""", 429, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(429, """{"error":{"message":"words","code":"slow_down"}}""", 429, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(429, "", 429, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(500, """{"error":{"message":"words","type":"server_error"}}""", 502, "server_error", "upstream_error")]
    [InlineData(502, "<html>Bad gateway at 10.1.2.3</html>", 502, "server_error", "upstream_error")]
    [InlineData(520, "<html>words</html>", 502, "server_error", "upstream_error")]
    [InlineData(526, "<html>words</html>", 502, "server_error", "upstream_error")]
    [InlineData(503, """{"error":{"message":"words","type":"service_unavailable_error","code":"server_is_overloaded"}}""", 503, "server_error", "upstream_overloaded")]
    [InlineData(504, "", 504, "server_error", "upstream_timeout")]
    public void OpenAIs_errors_are_mapped(int status, string body, int told, string type, string code) =>
        Told(status, body).Should().Be((told, type, code));

    [Theory]
    [InlineData(422, """{"message":"maximum context length"}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"object":"error","message":"fits not into the Context Window","code":400}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"error":"the request exceeds the available context size"}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"error":{"message":"The input is too long for this model."}}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"error":"input length exceeds num_ctx"}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"error":{"message":"The input is too long.","param":"input_tokens","code":400}}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"error":{"message":"Too much.","param":"messages[3]","code":"context_length_exceeded"}}""", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData(400, """{"error":{"message":"Invalid 'tools[0].function.name': string too long.","param":"tools[0].function.name","code":"string_above_max_length"}}""",
        400, "invalid_request_error", "string_above_max_length")]
    [InlineData(400, """{"error":{"message":"Invalid 'messages': array too long.","param":"messages","code":"array_above_max_length"}}""",
        400, "invalid_request_error", "array_above_max_length")]
    [InlineData(400, """{"error":{"message":"Invalid 'user': string too long.","param":"user"}}""", 400, "invalid_request_error", "invalid_request")]
    [InlineData(422, """{"detail":[{"loc":["body","messages"],"msg":"field required"}]}""", 400, "invalid_request_error", "invalid_request")]
    [InlineData(400, """{"detail":"words"}""", 400, "invalid_request_error", "invalid_request")]
    [InlineData(404, """{"error":{"message":"model \"x\" not found, try pulling it first"}}""", 404, "invalid_request_error", "model_not_found")]
    [InlineData(498, """{"error":{"message":"capacity"}}""", 503, "server_error", "upstream_overloaded")]
    [InlineData(402, """{"error":{"message":"Insufficient balance","code":402}}""", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData(503, """{"error":{"message":"Loading model","code":503}}""", 503, "server_error", "upstream_overloaded")]
    [InlineData(529, "{}", 503, "server_error", "upstream_overloaded")]
    [InlineData(302, "", 502, "server_error", "upstream_error")]
    [InlineData(307, "", 502, "server_error", "upstream_error")]
    [InlineData(405, "{}", 400, "invalid_request_error", "invalid_request")]
    [InlineData(418, "<html>words</html>", 400, "invalid_request_error", "invalid_request")]
    public void Compatible_servers_errors_are_mapped(int status, string body, int told, string type, string code) =>
        Told(status, body).Should().Be((told, type, code));

    [Fact]
    public void Groqs_413_for_too_many_tokens_a_minute_is_no_fault_of_the_gateway() =>
        Told(413, """{"error":{"message":"words","type":"tokens","code":"rate_limit_exceeded"}}""").Status.Should().BeOneOf(413, 429);

    [Theory]
    [InlineData(400, true)]
    [InlineData(422, true)]
    [InlineData(429, true)]
    [InlineData(401, false)]
    [InlineData(402, false)]
    [InlineData(403, false)]
    [InlineData(404, false)]
    [InlineData(500, false)]
    [InlineData(502, false)]
    [InlineData(503, false)]
    public void The_providers_words_are_passed_on_only_where_they_are_about_the_callers_request(int status, bool passedOn)
    {
        var error = Map(status, """{"error":{"message":"account acme-corp has no tool node7"}}""").Error;

        error.Message.Contains("acme-corp", StringComparison.Ordinal).Should().Be(passedOn);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(500)]
    public void The_gateways_own_key_is_in_no_answer(int status)
    {
        var body = $$$"""{"error":{"message":"Bad key {{{Secret}}}.","type":"{{{Secret}}}","code":"{{{Secret}}}","param":"{{{Secret}}}"}}""";

        AsText(Map(status, body)).Should().NotContain(Secret);
    }

    [Fact]
    public void A_code_that_is_no_word_for_programs_is_none()
    {
        var error = Map(400, $$$"""{"error":{"message":"words","code":"{{{new string('x', 5000)}}} because of \n this"}}""").Error;

        error.Code.Length.Should().BeLessThan(200, "the code is a metric label, few different ones");
    }

    [Fact]
    public void The_field_that_was_wrong_is_passed_on() =>
        Map(400, """{"error":{"message":"words","param":"tools[0].function.name","code":"x"}}""").Error.Param
            .Should().Be("tools[0].function.name");

    [Theory]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(404, false)]
    [InlineData(429, false)]
    [InlineData(408, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    public void What_a_provider_fails_at_may_be_billed_and_what_it_refuses_is_not(int status, bool mayBeBilled) =>
        Map(status, "{}").MayBeBilled.Should().Be(mayBeBilled);

    [Theory]
    [InlineData(402)]
    [InlineData(429)]
    public void Every_429_says_how_long_to_wait(int status) => Map(status, "{}").Error.RetryAfter.Should().BePositive();

    [Fact]
    public void A_rate_limit_without_words_is_worded_so_that_clients_find_the_wait_in_it() =>
        Map(429, "{}", ("retry-after", "12")).Error.Message.Should().Contain("try again in 12s");

    private static (int Status, string? Type, string? Code) Told(int status, string body)
    {
        using var told = JsonDocument.Parse(ErrorBody.Write(Map(status, body).Error));
        var error = told.RootElement.GetProperty("error");
        return (ErrorBody.StatusOf(Map(status, body).Error.Kind), error.GetProperty("type").GetString(), error.GetProperty("code").GetString());
    }

    private static string AsText(InferenceOutcome.Refused refused) => Chats.Text(ErrorBody.Write(refused.Error)) + refused.Error;

    private static InferenceOutcome.Refused Map(int status, string body, params (string Name, string Value)[] headers)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        foreach (var (name, value) in headers)
            response.Headers.TryAddWithoutValidation(name, value);

        var failure = UpstreamFailure.Read(Encoding.UTF8.GetBytes(body));
        return UpstreamErrors.Map(OpenAiErrors.KindOf(status, failure), status, response.Headers, failure, Secret, new ManualTime().GetUtcNow());
    }
}
