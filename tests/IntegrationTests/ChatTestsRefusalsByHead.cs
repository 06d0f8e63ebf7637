using System.Net;
using System.Text;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What is refused for its size, its type, its model or its address.</summary>
public class ChatTestsRefusalsByHead(GatewayFixture gateway) : ChatTest(gateway)
{
    private const string Head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + Key + "\r\nContent-Type: application/json\r\n";

    [Fact]
    public async Task Ten_mebibytes_are_the_usual_limit_and_a_declared_length_beyond_it_is_refused_before_it_is_sent()
    {
        await ServeToAKeyAsync();
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);

        await connection.SendRawAsync($"{Head}Content-Length: 10485761\r\n\r\n", Stop);
        var response = await connection.ReadAsync(Stop);

        await ShouldBeTooLargeAsync(response, 10485760);
    }

    [Fact]
    public async Task The_limit_can_be_set_and_counts_what_has_no_declared_length_too()
    {
        await ServeToAKeyAsync();
        await using var strict = await AnotherGateway.StartAsync(Gateway, ("MAX_REQUEST_BODY", "1KiB"));

        // As long as allowed, with and without its length.
        foreach (var framed in new[] { $"Content-Length: 1024\r\n\r\n{Padded(1024)}", Chunked(Padded(1024)) })
        {
            using var fits = await RawConnection.OpenAsync(strict.Url, Stop);
            await fits.SendRawAsync($"{Head}{framed}", Stop);
            var answer = await fits.ReadAsync(Stop);
            answer.StatusLine.Should().Be("HTTP/1.1 200 OK", answer.Body);
        }

        Upstream.Requests.Should().HaveCount(2);
        Upstream.Reset();
        await SqlAsync("DELETE FROM requests");
        await SqlAsync("DELETE FROM usage_records");
        using var connection = await RawConnection.OpenAsync(strict.Url, Stop);
        await connection.SendRawAsync($"{Head}{Chunked(Padded(1025))}", Stop);
        await ShouldBeTooLargeAsync(await connection.ReadAsync(Stop), 1024);
    }

    [Theory]
    [InlineData("text/plain", null, "The content type is 'text/plain': expected application/json.")]
    [InlineData("application/x-www-form-urlencoded", null, "The content type is 'application/x-www-form-urlencoded': expected application/json.")]
    [InlineData("multipart/form-data; boundary=x", null, "The content type is 'multipart/form-data; boundary=x': expected application/json.")]
    [InlineData("json", null, "The content type is 'json': expected application/json.")]
    [InlineData("application/json", "gzip", "The content encoding is 'gzip': expected none.")]
    [InlineData("application/json", "br, gzip", "The content encoding is 'br, gzip': expected none.")]
    public async Task What_is_not_plain_json_is_refused_unread(string contentType, string? encoding, string message)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(contentType, encoding);

        response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        var body = ErrorOf(message, "invalid_request_error", null, "unsupported_media_type");
        (await TextAsync(response)).Should().Be(body);
        await ShouldBeInTheBooksAsync(415, "unsupported_media_type", body, "omitted");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", null)]
    [InlineData("APPLICATION/JSON", "identity")]
    [InlineData("application/vnd.example+json", null)]
    [InlineData(null, null)]
    public async Task Json_by_any_of_its_names_is_taken(string? contentType, string? encoding)
    {
        await ServeToAKeyAsync();

        using var response = await PostAsync(contentType, encoding);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Headers["Content-Type"].Should().Be("application/json");
    }

    [Theory]
    [InlineData("gpt-99")]
    [InlineData("GPT-4")]
    [InlineData(" gpt-4")]
    [InlineData("m\"ö\\<b>'; DROP TABLE requests; --")]
    public async Task A_model_nobody_serves_is_refused_by_its_name(string model)
    {
        await ServeToAKeyAsync();
        var name = System.Text.Json.JsonSerializer.Serialize(model);

        using var response = await PostAsync($$"""{"model":{{name}},"messages":[{"role":"user","content":"Hi"}],"user":"user-1"}""");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        response.Headers.GetValues("x-should-retry").Should().Equal("false");
        var error = await ErrorAsync(response);
        error.EnumerateObject().Select(member => member.Name).Should().Equal("message", "type", "code");
        (error.GetProperty("message").GetString(), error.GetProperty("type").GetString(), error.GetProperty("code").GetInt32())
            .Should().Be(($"unknown model: {model}", "invalid_request_error", 400));
        await ShouldBeInTheBooksAsync(400, "unknown_model", await TextAsync(response), "json");
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged => logged.Model == model && logged.UserId == "user-1");
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", 405, "GET is not allowed here: expected POST.", "method_not_allowed")]
    [InlineData("DELETE", "/v1/chat/completions", 405, "DELETE is not allowed here: expected POST.", "method_not_allowed")]
    [InlineData("POST", "/v1/chat/completion", 404, "There is nothing at POST /v1/chat/completion.", "unknown_url")]
    [InlineData("POST", "/v1/moderations", 404, "There is nothing at POST /v1/moderations.", "unknown_url")]
    public async Task What_is_not_there_is_refused_and_in_the_books(string method, string path, int status, string message, string code)
    {
        await ServeToAKeyAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(Hello, Encoding.UTF8, "application/json") };

        using var response = await Client().SendAsync(request, Stop);

        ((int)response.StatusCode).Should().Be(status);
        (await TextAsync(response)).Should().Be(ErrorOf(message, "invalid_request_error", null, code));
        response.Content.Headers.Allow.Should().BeEquivalentTo(status == 405 ? ["POST"] : Array.Empty<string>());
        await ShouldBeInTheBooksAsync(status, code, await TextAsync(response), "omitted");
    }

    private async Task<HttpResponseMessage> PostAsync(string? contentType, string? encoding)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Hello));
        if (contentType is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (encoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        return await Client().PostAsync("/v1/chat/completions", content, Stop);
    }

    private async Task ShouldBeTooLargeAsync(RawResponse response, int limit)
    {
        var body = ErrorOf($"The request body is too large: allowed are {limit} bytes.", "invalid_request_error", null, "request_too_large");
        response.StatusLine.Should().Be("HTTP/1.1 413 Payload Too Large");
        response.Body.Should().Be(body);
        await ShouldBeInTheBooksAsync(413, "request_too_large", body, "omitted");
    }

    private async Task ShouldBeInTheBooksAsync(int status, string code, string body, string form)
    {
        Upstream.Requests.Should().BeEmpty();
        (await LoggedAsync()).Should().Match<LoggedExchange>(logged =>
            logged.Status == status && logged.ResponseStatus == status && logged.Outcome == "rejected" && logged.ErrorCode == code
            && logged.ResponseBody == body && logged.BodyForm == form && logged.Cost == 0 && logged.LedgerLines == 0);
    }

    private static string Padded(int length) => Hello[..^1] + new string(' ', length - Hello.Length) + "}";

    private static string Chunked(string body) => $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n";
}
