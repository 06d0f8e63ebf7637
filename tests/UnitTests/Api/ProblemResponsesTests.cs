using System.Text;
using CleanGateway.Api.Common;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Http;

namespace CleanGateway.UnitTests.Api;

public class ProblemResponsesTests
{
    private static readonly GatewayError Error = GatewayError.Invalid("'from' is 'x': expected a date.", "from", "invalid_value");

    [Fact]
    public async Task Under_admin_an_error_is_problem_details_with_all_that_is_wrong()
    {
        var both = Error with { Others = [GatewayError.Invalid("'to' is \"y\".", "to", "invalid_value")] };
        var (response, body) = await WriteAsync("/admin/usage", both);

        (response.StatusCode, response.ContentType).Should().Be((400, "application/problem+json"));
        response.ContentLength.Should().Be(Encoding.UTF8.GetByteCount(body));
        body.Should().Be(
            """
            {"type":"about:blank","title":"Bad Request","status":400,"detail":"'from' is 'x': expected a date. 'to' is \"y\".","code":"invalid_value",
            "errors":[{"param":"from","code":"invalid_value","detail":"'from' is 'x': expected a date."},
            {"param":"to","code":"invalid_value","detail":"'to' is \"y\"."}]}
            """.ReplaceLineEndings(""));
    }

    [Theory]
    [InlineData("/admin", true)]
    [InlineData("/admin/anything", true)]
    [InlineData("/administrators", false)]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/", false)]
    public async Task Elsewhere_it_has_the_shape_of_OpenAI(string path, bool isProblem)
    {
        var (response, body) = await WriteAsync(path, Error);

        response.ContentType.Should().Be(isProblem ? "application/problem+json" : "application/json");
        body.Should().StartWith(isProblem ? "{\"type\":" : "{\"error\":");
    }

    private static async Task<(HttpResponse Response, string Body)> WriteAsync(string path, GatewayError error)
    {
        var http = new DefaultHttpContext { Request = { Path = path }, Response = { Body = new MemoryStream() } };
        await http.Response.WriteErrorAsync(error);
        return (http.Response, Encoding.UTF8.GetString(((MemoryStream)http.Response.Body).ToArray()));
    }
}
