using System.Text.Json;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Http;

namespace CleanGateway.UnitTests.Api;

public class ErrorResponsesTests
{
    public static TheoryData<GatewayErrorKind> Kinds => [.. Enum.GetValues<GatewayErrorKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_error_is_JSON_with_its_status_and_its_length(GatewayErrorKind kind)
    {
        var (response, body) = await WriteAsync(new GatewayError(kind, "some_code", "Some words.", "some.param"));

        (response.StatusCode, response.ContentType, response.ContentLength)
            .Should().Be((ErrorBody.StatusOf(kind), "application/json", body.Length));
        using var json = JsonDocument.Parse(body);
        var error = json.RootElement.GetProperty("error");
        error.EnumerateObject().Select(member => member.Name).Should().BeEquivalentTo("message", "type", "param", "code");
        error.GetProperty("message").GetString().Should().Be("Some words.");
        error.GetProperty("code").GetString().Should().Be("some_code");
    }

    [Theory]
    [InlineData("/admin/models/import", true)]
    [InlineData("/admin", true)]
    [InlineData("/administrator", false)]
    [InlineData("/v1/admin", false)]
    public void Administrators_are_told_problem_details(string path, bool areFor) =>
        ProblemResponses.AreFor(new DefaultHttpContext { Request = { Path = path } }.Request).Should().Be(areFor);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_429_says_when_to_try_again_and_hopeless_ones_not_to(GatewayErrorKind kind)
    {
        var (response, _) = await WriteAsync(new GatewayError(kind, "code", "words"));

        if (response.StatusCode == 429)
            int.Parse(response.Headers.RetryAfter!, null).Should().BePositive();
        if (response.StatusCode is 400 or 401 or 402 || kind == GatewayErrorKind.QuotaExhausted)
            response.Headers["x-should-retry"].Should().Equal("false");
        else
            response.Headers.Should().NotContainKey("x-should-retry", "a {0} may go away", response.StatusCode);
    }

    [Theory]
    [InlineData(0, "0", "0")]
    [InlineData(1, "1", "1")]
    [InlineData(999, "1", "999")]
    [InlineData(1000, "1", "1000")]
    [InlineData(1001, "2", "1001")]
    [InlineData(600_000, "600", "600000")]
    public async Task A_wait_is_told_in_whole_seconds_and_in_milliseconds(int milliseconds, string seconds, string exact)
    {
        var error = new GatewayError(GatewayErrorKind.RateLimited, "code", "words") { RetryAfter = TimeSpan.FromMilliseconds(milliseconds) };

        var (response, _) = await WriteAsync(error);

        (response.Headers.RetryAfter.ToString(), response.Headers["retry-after-ms"].ToString()).Should().Be((seconds, exact));
    }

    [Fact]
    public async Task A_fraction_of_a_millisecond_is_rounded_up_so_that_no_one_comes_too_early()
    {
        var (response, _) = await WriteAsync(new GatewayError(GatewayErrorKind.Unavailable, "code", "words") { RetryAfter = TimeSpan.FromTicks(1) });

        (response.Headers.RetryAfter.ToString(), response.Headers["retry-after-ms"].ToString()).Should().Be(("1", "1"));
    }

    [Fact]
    public async Task Who_is_not_known_is_told_how_to_say_who_he_is()
    {
        var (response, _) = await WriteAsync(GatewayError.InvalidApiKey);

        response.Headers.WWWAuthenticate.Should().Equal("Bearer");
        (await WriteAsync(GatewayError.UnknownModel("x"))).Response.Headers.Should().NotContainKey("WWW-Authenticate");
    }

    [Theory]
    [InlineData("invalid API key", 401)]
    [InlineData("missing or invalid Authorization header", 401)]
    [InlineData("unknown model: gpt-99", 400)]
    public async Task The_documents_bodies_are_theirs_to_the_byte(string message, int status)
    {
        GatewayError[] printed = [GatewayError.InvalidApiKey, GatewayError.MissingAuthorization, GatewayError.UnknownModel("gpt-99")];

        var (response, body) = await WriteAsync(printed.Single(error => error.Message == message));

        response.StatusCode.Should().Be(status);
        System.Text.Encoding.UTF8.GetString(body).Should().Be(
            "{\"error\":{\"message\":\"" + message + "\",\"type\":\"invalid_request_error\",\"code\":" + status.ToString(provider: null) + "}}");
    }

    private static async Task<(HttpResponse Response, byte[] Body)> WriteAsync(GatewayError error)
    {
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { Response = { Body = body } };
        await http.Response.WriteErrorAsync(error);
        return (http.Response, body.ToArray());
    }
}
