using System.Text;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What every answer says besides, and what bodies may come as.</summary>
public class SecurityTestsHeaders(GatewayFixture gateway) : InferenceTest(gateway)
{
    public static TheoryData<string> Inference => ["/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens", "/v1/responses", "/v1/embeddings"];

    [Theory]
    [InlineData("GET", "/health", null, 200)]
    [InlineData("GET", "/api/health", null, 200)]
    [InlineData("GET", "/v1/models", Key, 200)]
    [InlineData("GET", "/v1/models", "wrong", 401)]
    [InlineData("POST", "/v1/chat/completions", Key, 400)]
    [InlineData("POST", "/v1/messages", Key, 400)]
    [InlineData("OPTIONS", "/v1/chat/completions", Key, 405)]
    [InlineData("GET", "/nothing", null, 404)]
    [InlineData("GET", "/admin/projects", "admin", 200)]
    [InlineData("GET", "/admin/projects", null, 401)]
    [InlineData("GET", "/admin/nothing", null, 404)]
    [InlineData("GET", "/metrics", "admin", 200)]
    public async Task Browsers_are_told_to_make_nothing_of_it_and_nobody_keeps_it(string method, string path, string? token, int status)
    {
        await IssueKeyAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("Origin", "https://evil.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");

        using var response = await Client(token == "admin" ? Gateway.AdminToken : token, Gateway.AdminUrl).SendAsync(request, Stop);

        ((int)response.StatusCode).Should().Be(status);
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        response.Headers.GetValues("Content-Security-Policy").Should().Equal("default-src 'none'; frame-ancestors 'none'");
        response.Headers.CacheControl!.ToString().Should().Be("no-store");
        response.Headers.Select(header => header.Key).Should().NotContain(
            name => name == "Server" || name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(Inference))]
    public Task Bodies_of_inference_are_plain_json(string path) => ShouldTakePlainJsonAsync(Gateway.Url, path, Key, untyped: 400);

    [Theory]
    [InlineData("/admin/projects", 415)]
    [InlineData("/admin/models/import?dry_run=true", 400)]
    public Task Bodies_of_admins_are_plain_json(string path, int untyped) =>
        ShouldTakePlainJsonAsync(Gateway.AdminUrl, path, Gateway.AdminToken, untyped);

    /// <param name="untyped">
    /// What comes of a body without a type: 400, it was read, and is no request. Clients of models leave it out; what is
    /// changed by a body is changed by one that says what it is.
    /// </param>
    private async Task ShouldTakePlainJsonAsync(Uri url, string path, string token, int untyped)
    {
        await IssueKeyAsync();
        foreach (var (type, encoding, status) in new (string?, string?, int)[]
        {
            (null, null, untyped), ("application/json", null, 400), ("application/json; charset=utf-8", "identity", 400),
            ("application/json", "gzip", 415), ("application/json", "deflate", 415), ("application/json", "br", 415), ("application/json", "zstd", 415),
            ("application/json", "gzip, gzip", 415), ("application/json", "identity, br", 415), ("application/json", "GZIP", 415),
            ("text/plain", null, 415), ("application/x-www-form-urlencoded", null, 415), ("multipart/form-data; boundary=x", null, 415),
            ("application/xml", null, 415), ("text/html", null, 415), (";", null, 415),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes("[]")) };
            if (type is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            if (encoding is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

            using var response = await Client(token, url).SendAsync(request, Stop);

            ((int)response.StatusCode).Should().Be(status, "of {0} {1}", type, encoding);
        }
    }
}
