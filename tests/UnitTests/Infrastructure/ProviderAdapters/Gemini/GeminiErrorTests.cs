using System.Text;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

public class GeminiErrorTests
{
    private const string Quota = """,{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"§"}]}""";

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT", "Bad.", "", nameof(UpstreamErrorKind.InvalidRequest))]
    [InlineData(400, "INVALID_ARGUMENT", "Bad.", "API_KEY_INVALID", nameof(UpstreamErrorKind.Authentication))]
    [InlineData(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "", nameof(UpstreamErrorKind.Authentication))]
    [InlineData(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key.", "", nameof(UpstreamErrorKind.Authentication))]
    [InlineData(400, "INVALID_ARGUMENT", "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).", "", nameof(UpstreamErrorKind.ContextLength))]
    [InlineData(400, "OUT_OF_RANGE", "Bad.", "", nameof(UpstreamErrorKind.InvalidRequest))]
    [InlineData(400, "FAILED_PRECONDITION", "User location is not supported for the API use.", "", nameof(UpstreamErrorKind.Permission))]
    [InlineData(401, "UNAUTHENTICATED", "No.", "", nameof(UpstreamErrorKind.Authentication))]
    [InlineData(403, "PERMISSION_DENIED", "No.", "", nameof(UpstreamErrorKind.Permission))]
    [InlineData(404, "NOT_FOUND", "No.", "", nameof(UpstreamErrorKind.ModelNotFound))]
    [InlineData(409, "ABORTED", "No.", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(429, "RESOURCE_EXHAUSTED", "No.", "", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(499, "CANCELLED", "No.", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(500, "INTERNAL", "No.", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(500, "UNKNOWN", "No.", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(500, "DATA_LOSS", "No.", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(501, "UNIMPLEMENTED", "No.", "", nameof(UpstreamErrorKind.Failed))]
    [InlineData(503, "UNAVAILABLE", "The model is overloaded.", "", nameof(UpstreamErrorKind.Overloaded))]
    [InlineData(504, "DEADLINE_EXCEEDED", "No.", "", nameof(UpstreamErrorKind.Timeout))]
    public void Each_of_Googles_errors_has_a_kind(int status, string name, string message, string reason, string kind)
    {
        var details = reason.Length == 0 ? "" : $$"""{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"{{reason}}","domain":"googleapis.com"}""";
        var body = $$$"""{"error":{"code":{{{status}}},"message":"{{{message}}}","status":"{{{name}}}","details":[{{{details}}}]}}""";

        KindOf(status, body).Should().Be(kind);
        KindOf(null, body).Should().Be(kind, "it says the same within an answer");
        KindOf(status, $"[{body}\n]").Should().Be(kind, "an array may stand around it");
    }

    [Theory]
    [InlineData(400, nameof(UpstreamErrorKind.InvalidRequest))]
    [InlineData(401, nameof(UpstreamErrorKind.Authentication))]
    [InlineData(403, nameof(UpstreamErrorKind.Permission))]
    [InlineData(404, nameof(UpstreamErrorKind.ModelNotFound))]
    [InlineData(413, nameof(UpstreamErrorKind.RequestTooLarge))]
    [InlineData(429, nameof(UpstreamErrorKind.RateLimited))]
    [InlineData(502, nameof(UpstreamErrorKind.Failed))]
    [InlineData(503, nameof(UpstreamErrorKind.Overloaded))]
    [InlineData(504, nameof(UpstreamErrorKind.Timeout))]
    public void What_stands_before_Google_says_it_by_the_status_alone(int status, string kind) =>
        KindOf(status, "<html>no</html>").Should().Be(kind);

    [Theory]
    [InlineData("You exceeded your current quota, please check your plan and billing details. limit: 10", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "34s", nameof(UpstreamErrorKind.RateLimited))]
    [InlineData("You exceeded your current quota, please check your plan and billing details. limit: 0, model: x", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "34s", nameof(UpstreamErrorKind.Billing))]
    [InlineData("You exceeded your current quota.", "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "34s", nameof(UpstreamErrorKind.Billing))]
    [InlineData("You exceeded your current quota, please check your plan and billing details.", null, null, nameof(UpstreamErrorKind.Billing))]
    [InlineData("You exceeded your current quota, please check your plan and billing details. Please retry in 34.07s.", null, null, nameof(UpstreamErrorKind.RateLimited))]
    public void A_quota_that_comes_back_soon_is_a_rate_and_another_is_used_up(string message, string? quota, string? wait, string kind)
    {
        var retry = wait is null ? "" : $$""",{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{{wait}}"}""";
        var violation = quota is null ? "" : Quota.Replace("§", quota, StringComparison.Ordinal);
        KindOf(429, $$$"""{"error":{"code":429,"message":"{{{message}}}","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x.Help"}{{{violation}}}{{{retry}}}]}}""").Should().Be(kind);
    }

    [Theory]
    [InlineData("34s", 34_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("0s", 0)]
    [InlineData("soon", null)]
    [InlineData("-5s", null)]
    public void How_long_to_wait_is_in_the_details(string delay, int? milliseconds)
    {
        var failure = Read($$$"""{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{{{delay}}}"}]}}""");

        (failure.RetryAfter?.TotalMilliseconds).Should().Be(milliseconds);
    }

    [Fact]
    public void The_field_that_was_wrong_is_told() =>
        Read("""{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"generation_config.top_k"}]}]}}""")
            .Should().Be(new UpstreamFailure("INVALID_ARGUMENT", null, "m", "generation_config.top_k"));

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("[[{\"error\":1}]]")]
    public void Anything_else_says_nothing(string body) => Read(body).Should().Be(new UpstreamFailure(null, null, null, null));

    private static string KindOf(int? status, string body) => GeminiErrors.KindOf(status, Read(body)).ToString();

    private static UpstreamFailure Read(string body) => GeminiErrors.Read(Encoding.UTF8.GetBytes(body));
}
