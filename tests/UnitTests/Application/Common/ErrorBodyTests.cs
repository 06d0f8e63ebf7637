using System.Text;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;

namespace CleanGateway.UnitTests.Application.Common;

public class ErrorBodyTests
{
    public static TheoryData<GatewayErrorKind, int, string> Kinds => new()
    {
        { GatewayErrorKind.Invalid, 400, "invalid_request_error" },
        { GatewayErrorKind.Unauthenticated, 401, "invalid_request_error" },
        { GatewayErrorKind.OverBudget, 402, "invalid_request_error" },
        { GatewayErrorKind.Forbidden, 403, "permission_error" },
        { GatewayErrorKind.NotFound, 404, "invalid_request_error" },
        { GatewayErrorKind.MethodNotAllowed, 405, "invalid_request_error" },
        { GatewayErrorKind.RequestTimeout, 408, "invalid_request_error" },
        { GatewayErrorKind.Conflict, 409, "invalid_request_error" },
        { GatewayErrorKind.PreconditionFailed, 412, "invalid_request_error" },
        { GatewayErrorKind.PreconditionRequired, 428, "invalid_request_error" },
        { GatewayErrorKind.Unprocessable, 422, "invalid_request_error" },
        { GatewayErrorKind.TooLarge, 413, "invalid_request_error" },
        { GatewayErrorKind.UnsupportedMediaType, 415, "invalid_request_error" },
        { GatewayErrorKind.RateLimited, 429, "rate_limit_error" },
        { GatewayErrorKind.QuotaExhausted, 429, "insufficient_quota" },
        { GatewayErrorKind.ClientClosed, 499, "invalid_request_error" },
        { GatewayErrorKind.Internal, 500, "server_error" },
        { GatewayErrorKind.UpstreamRefused, 502, "upstream_error" },
        { GatewayErrorKind.UpstreamFailed, 502, "server_error" },
        { GatewayErrorKind.UpstreamOverloaded, 503, "server_error" },
        { GatewayErrorKind.Unavailable, 503, "server_error" },
        { GatewayErrorKind.ShuttingDown, 503, "server_error" },
        { GatewayErrorKind.UpstreamTimeout, 504, "server_error" },
    };

    [Fact]
    public void An_invalid_key_is_told_as_printed() =>
        Written(GatewayError.InvalidApiKey).Should().Be("""{"error":{"message":"invalid API key","type":"invalid_request_error","code":401}}""");

    [Fact]
    public void A_missing_header_is_told_as_printed() =>
        Written(GatewayError.MissingAuthorization).Should()
            .Be("""{"error":{"message":"missing or invalid Authorization header","type":"invalid_request_error","code":401}}""");

    [Fact]
    public void An_unknown_model_is_told_as_printed() =>
        Written(GatewayError.UnknownModel("gpt-99")).Should()
            .Be("""{"error":{"message":"unknown model: gpt-99","type":"invalid_request_error","code":400}}""");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_has_its_status_and_type(GatewayErrorKind kind, int status, string type)
    {
        ErrorBody.StatusOf(kind).Should().Be(status);
        Written(new GatewayError(kind, "some_code", "Some message.", "some.param")).Should()
            .Be("""{"error":{"message":"Some message.","type":"TYPE","param":"some.param","code":"some_code"}}""".Replace("TYPE", type));
    }

    [Fact]
    public void No_kind_is_missing_above() => Kinds.Select(row => row.Data.Item1).Should().BeEquivalentTo(Enum.GetValues<GatewayErrorKind>());

    [Fact]
    public void A_param_that_is_not_known_is_null_and_present() =>
        Written(GatewayError.LogUnavailable).Should().Contain("\"param\":null,\"code\":\"log_unavailable\"");

    [Theory]
    [InlineData("two\nlines\r\nand a \"quote\" \\ and \t more \u0001\u001B\0")]
    [InlineData("Grüße, 世界 👋, <b>&amp;</b>, \u2028\u2029\u0085")]
    public void Whatever_the_message_it_is_one_line_and_comes_through(string message)
    {
        var body = Written(GatewayError.Invalid(message, message));

        body.Should().NotContainAny("\n", "\r", "\0");
        using var json = JsonDocument.Parse(body);
        json.RootElement.GetProperty("error").GetProperty("message").GetString().Should().Be(message);
        json.RootElement.GetProperty("error").GetProperty("param").GetString().Should().Be(message);
    }

    [Fact]
    public void A_model_with_quotes_in_its_name_breaks_nothing()
    {
        using var json = JsonDocument.Parse(ErrorBody.Write(GatewayError.UnknownModel("""x","code":200,"y":""" + "\"")));

        json.RootElement.GetProperty("error").GetProperty("code").GetInt32().Should().Be(400);
    }

    private static string Written(GatewayError error) => Encoding.UTF8.GetString(ErrorBody.Write(error).Span);
}
