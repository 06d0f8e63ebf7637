using System.Globalization;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The demo's "Example response headers", on every answer.</summary>
public partial class DocumentTestsHeaders(GatewayFixture gateway) : DocumentTest(gateway)
{
    [Theory]
    [InlineData("GET", "/v1/models", "Bearer " + Key)]
    [InlineData("GET", "/v1/models/none", "Bearer " + Key)]
    [InlineData("POST", "/v1/chat/completions", "Bearer " + Key)]
    [InlineData("POST", "/v1/chat/completions", "Bearer invalid-key")]
    [InlineData("GET", "/v1/chat/completions", "Bearer " + Key)]
    [InlineData("GET", "/api/health", null)]
    [InlineData("GET", "/api/db-stats", null)]
    [InlineData("GET", "/api/requests?limit=none", "Bearer admin")]
    [InlineData("GET", "/nowhere", null)]
    public async Task Every_answer_has_them_in_the_printed_forms(string method, string path, string? authorization)
    {
        await IssueKeyAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization.Replace("admin", Gateway.AdminToken, StringComparison.Ordinal));

        using var response = await Client(key: null).SendAsync(request, Stop);

        ShouldHaveForms(
            Value(response, "X-Request-ID"), Value(response, "X-DB-Overhead"), Value(response, "X-Total-Latency"));
    }

    [Theory]
    [InlineData(Printed.Guide001.BasicChat)]
    [InlineData(Printed.Guide001.StreamingChat)]
    public async Task A_chat_has_them_in_the_printed_forms(string command)
    {
        await InsertTestDataAsync();
        await Gateway.SettledAsync();

        var answer = await ShellAsync(command);

        ShouldHaveForms(answer.Header("X-Request-ID"), answer.Header("X-DB-Overhead"), answer.Header("X-Total-Latency"));
        answer.Header("X-Request-ID").Should().Be((await LoggedAsync()).RequestId);
    }

    [Fact]
    public async Task The_overhead_is_a_part_of_the_latency()
    {
        await InsertTestDataAsync();
        await Gateway.SettledAsync();

        var answer = await ShellAsync(Printed.Guide001.BasicChat);

        Milliseconds("X-DB-Overhead").Should().BePositive("the answer waited for its commit").And.BeLessThan(Milliseconds("X-Total-Latency"));

        decimal Milliseconds(string name) => decimal.Parse(answer.Header(name)[..^2], CultureInfo.InvariantCulture);
    }

    [Fact]
    public void The_printed_example_has_the_forms_that_are_looked_for()
    {
        var printed = Printed.Demo003.Headers.Split('\n').Select(line => line.Split(": ")).ToDictionary(pair => pair[0], pair => pair[1]);

        ShouldHaveForms(printed["X-Request-ID"], printed["X-DB-Overhead"], printed["X-Total-Latency"]);
    }

    private static void ShouldHaveForms(string requestId, string overhead, string latency)
    {
        requestId.Should().MatchRegex(RequestId());
        overhead.Should().MatchRegex(Duration());
        latency.Should().MatchRegex(Duration());
    }

    private static string Value(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    [GeneratedRegex("^req_[0-9A-Za-z-]+$")]
    private static partial Regex RequestId();

    [GeneratedRegex(@"^\d+\.\d\dms$")]
    private static partial Regex Duration();
}
