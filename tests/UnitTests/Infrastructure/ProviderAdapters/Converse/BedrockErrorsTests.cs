using System.Net;
using System.Text;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

public class BedrockErrorsTests
{
    [Theory]
    [InlineData(400, "ValidationException", "Input is too long for requested model.", "ContextLength")]
    [InlineData(400, "ValidationException", "prompt is too long: 210000 tokens > 200000 maximum", "ContextLength")]
    [InlineData(400, "ValidationException", "This request exceeds the maximum number of tokens.", "ContextLength")]
    [InlineData(400, "ValidationException", "The maximum tokens you requested exceeds the model limit of 8192.", "InvalidRequest")]
    [InlineData(400, "ValidationException", "The provided model identifier is invalid.", "ModelNotFound")]
    [InlineData(400, "ValidationException", "Invocation of model ID x with on-demand throughput isn't supported.", "ModelNotFound")]
    [InlineData(400, "ValidationException", "Output blocked by content filtering policy", "ContentFilter")]
    [InlineData(400, "ValidationException", "Malformed input request", "InvalidRequest")]
    [InlineData(400, "ServiceQuotaExceededException", "", "RateLimited")]
    [InlineData(400, "ConflictException", "", "InvalidRequest")]
    [InlineData(403, "ExpiredTokenException", "", "Authentication")]
    [InlineData(403, "UnrecognizedClientException", "", "Authentication")]
    [InlineData(403, "InvalidSignatureException", "", "Authentication")]
    [InlineData(403, "MissingAuthenticationTokenException", "", "Authentication")]
    [InlineData(403, "AccessDeniedException", "You don't have access to the model with the specified model ID.", "Permission")]
    [InlineData(403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.", "Authentication")]
    [InlineData(404, "ResourceNotFoundException", "This model version has reached the end of its life.", "ModelNotFound")]
    [InlineData(408, "ModelTimeoutException", "", "Timeout")]
    [InlineData(424, "ModelErrorException", "", "Failed")]
    [InlineData(424, "ModelStreamErrorException", "", "Failed")]
    [InlineData(429, "ThrottlingException", "Too many requests", "RateLimited")]
    [InlineData(429, "ThrottlingException", "Too many tokens per day, please wait before trying again.", "Billing")]
    [InlineData(429, "ModelNotReadyException", "", "Overloaded")]
    [InlineData(500, "InternalServerException", "", "Failed")]
    [InlineData(503, "ServiceUnavailableException", "", "Overloaded")]
    [InlineData(413, null, "", "RequestTooLarge")]
    [InlineData(429, null, "", "RateLimited")]
    [InlineData(502, null, "", "Failed")]
    [InlineData(418, null, "", "InvalidRequest")]
    [InlineData(null, "throttlingException", "Too many", "RateLimited")]
    [InlineData(null, "modelStreamErrorException", "", "Failed")]
    [InlineData(null, "serviceUnavailableException", "", "Overloaded")]
    [InlineData(null, "internalServerException", "", "Failed")]
    [InlineData(null, "modelTimeoutException", "", "Timeout")]
    [InlineData(null, "validationException", "prompt is too long", "ContextLength")]
    [InlineData(null, "UnknownOperationException", "", "Failed")]
    public void Every_exception_is_of_its_kind(int? status, string? type, string message, string kind) =>
        BedrockErrors.KindOf(status, new UpstreamFailure(type, null, message, null)).ToString().Should().Be(kind);

    [Theory]
    [InlineData("ValidationException", "{\"message\":\"m\"}")]
    [InlineData("ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/", "{\"message\":\"m\"}")]
    [InlineData("com.amazonaws.bedrock#ValidationException:http://internal.amazon.com/", "{\"Message\":\"m\"}")]
    [InlineData(null, "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"m\"}")]
    [InlineData(null, "{\"code\":\"ValidationException\",\"message\":\"m\"}")]
    public void The_name_of_an_exception_is_read_wherever_and_however_it_is_written(string? header, string body)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.BadRequest);
        if (header is not null)
            response.Headers.Add("x-amzn-ErrorType", header);

        var failure = BedrockErrors.Read(Encoding.UTF8.GetBytes(body), response.Headers);

        (failure.Type, failure.Message).Should().Be(("ValidationException", "m"));
    }

    [Theory]
    [InlineData("<html>no</html>")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"message\":3}")]
    public void What_is_no_error_of_theirs_says_nothing(string body)
    {
        var failure = BedrockErrors.Read(Encoding.UTF8.GetBytes(body), null);

        (failure.Type, failure.Message).Should().Be((null, null));
    }

    [Fact]
    public void A_quota_is_not_there_again_in_a_moment()
    {
        var failure = BedrockErrors.Read("""{"__type":"ServiceQuotaExceededException"}"""u8, null);

        failure.RetryAfter.Should().BeGreaterThanOrEqualTo(TimeSpan.FromMinutes(1));
    }
}
