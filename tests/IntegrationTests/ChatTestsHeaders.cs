using System.Globalization;
using System.Text;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Whose id an answer carries, and what its figures say, whatever sort of answer it is.</summary>
public class ChatTestsHeaders(GatewayFixture gateway) : ChatTestOfStreams(gateway)
{
    [Theory]
    [InlineData("X-Client-Request-Id", "abc-123")]
    [InlineData("X-Request-ID", "abc-123")]
    [InlineData("X-Client-Request-Id", "!~\"'<>{}|\\")]
    [InlineData("X-Client-Request-Id", "req_00000000000070008000000000000000")]
    public async Task A_callers_id_comes_back_beside_ours_and_is_in_the_books(string header, string id)
    {
        await ServeToAKeyAsync();

        using var response = await AskAsync(Hello, (header, id));

        response.Headers.GetValues("X-Client-Request-ID").Should().Equal(id);
        var logged = await LoggedAsync();
        logged.ClientRequestId.Should().Be(id);
        response.Headers.GetValues("X-Request-ID").Should().Equal(logged.RequestId).And.NotContain(id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("tab\tbed")]
    [InlineData("x513")]
    public async Task An_id_that_cannot_be_one_is_left_aside(string id)
    {
        await ServeToAKeyAsync();

        using var response = await AskAsync(Hello, ("X-Client-Request-Id", id == "x513" ? new string('x', 513) : id));

        ((int)response.StatusCode).Should().Be(200);
        response.Headers.Contains("X-Client-Request-ID").Should().BeFalse();
        (await LoggedAsync()).ClientRequestId.Should().BeNull();
    }

    [Fact]
    public async Task Of_both_names_the_longer_one_is_taken()
    {
        await ServeToAKeyAsync();

        using var response = await AskAsync(Hello, ("X-Request-ID", "shorter"), ("X-Client-Request-Id", new string('x', 512)));

        response.Headers.GetValues("X-Client-Request-ID").Should().Equal(new string('x', 512));
    }

    /// <summary>A body, or what the upstream does; the status of the answer.</summary>
    [Theory]
    [InlineData("{", 400)]
    [InlineData(Hello, 200)]
    [InlineData(HelloStream, 200)]
    [InlineData("failed", 502)]
    [InlineData("broken stream", 200)]
    public async Task Every_sort_of_answer_carries_them(string what, int status)
    {
        await ServeToAKeyAsync();
        if (what == "failed")
            Upstream.Answer = call => call.RespondAsync(500, "");
        if (what == "broken stream")
            Upstream.Answer = Stream(Events(Role));

        using var response = await AskAsync(what switch { "failed" => Hello, "broken stream" => HelloStream, _ => what }, ("X-Request-ID", "theirs"));
        await ReadToEndAsync(response);

        ((int)response.StatusCode).Should().Be(status);
        response.Headers.GetValues("X-Request-ID").Should().Equal((await LoggedAsync()).RequestId);
        response.Headers.GetValues("X-Client-Request-ID").Should().Equal("theirs");
        Milliseconds(response, "X-DB-Overhead").Should().BeInRange(0, Milliseconds(response, "X-Total-Latency"));
    }

    [Fact]
    public async Task Who_is_not_known_gets_an_id_too_and_the_database_has_taken_no_time()
    {
        using var response = await AskAsync(Hello, ("X-Request-ID", "theirs"));

        ((int)response.StatusCode).Should().Be(401);
        response.Headers.GetValues("X-Request-ID").Single().Should().MatchRegex("^req_[0-9a-f]{32}$");
        response.Headers.GetValues("X-Client-Request-ID").Should().Equal("theirs");
        response.Headers.GetValues("X-DB-Overhead").Should().Equal("0.00ms");
        Milliseconds(response, "X-Total-Latency").Should().BePositive();
    }

    private static decimal Milliseconds(HttpResponseMessage response, string name) =>
        decimal.Parse(response.Headers.GetValues(name).Single()[..^2], CultureInfo.InvariantCulture);

    private async Task<HttpResponseMessage> AskAsync(string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        return await Client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }
}
