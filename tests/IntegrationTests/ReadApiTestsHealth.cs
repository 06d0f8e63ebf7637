using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What anyone may ask: how the gateway is, and what is not there.</summary>
public class ReadApiTestsHealth(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Healthy = """{"status":"ready","database":"ok","journal":"ok","configuration":"ok","redis":"not_configured"}""";
    private const string OldConfiguration = """{"status":"ready","database":"ok","journal":"ok","configuration":"invalid","redis":"not_configured"}""";
    private const string Unrecorded = """{"status":"not_ready","database":"ok","journal":"unavailable","configuration":"ok","redis":"not_configured"}""";

    [Theory]
    [InlineData("/health", "OK", "text/plain")]
    [InlineData("/health/live", "OK", "text/plain")]
    [InlineData("/health/ready", Healthy, "application/json")]
    [InlineData("/api/health", Healthy, "application/json")]
    public async Task Health_is_told_to_anyone_in_words(string path, string body, string type)
    {
        using var response = await Client(key: null).GetAsync(path, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be(type);
        (await response.Content.ReadAsStringAsync(Stop)).Should().Be(body);
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_makes_it_not_ready_and_the_process_lives()
    {
        await ServeToAKeyAsync();
        Task<HttpResponseMessage> call;
        await SqlAsync("ALTER TABLE usage_records RENAME TO not_there");
        try
        {
            call = ChatAsync();
            await Eventually.IsTrueAsync(async () => (await GetAsync("/health/ready")).Status == HttpStatusCode.ServiceUnavailable, "not ready");

            (await GetAsync("/health/ready")).Should().Be((HttpStatusCode.ServiceUnavailable, Unrecorded));
            (await GetAsync("/api/health")).Should().Be((HttpStatusCode.OK, Unrecorded));
            (await GetAsync("/health")).Should().Be((HttpStatusCode.OK, "OK"));
            (await GetAsync("/health/live")).Should().Be((HttpStatusCode.OK, "OK"));
        }
        finally
        {
            await SqlAsync("ALTER TABLE not_there RENAME TO usage_records");
        }

        using var answered = await call;
        answered.StatusCode.Should().Be(HttpStatusCode.OK, "its rows were written as soon as that was possible");
        (await LoggedAsync()).LedgerLines.Should().Be(1);
        await Eventually.IsTrueAsync(async () => await GetAsync("/health/ready") == (HttpStatusCode.OK, Healthy), "ready again");
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_used_is_told_and_calls_are_still_answered()
    {
        await ServeToAKeyAsync();
        await SqlAsync("INSERT INTO providers (name, provider_type) VALUES ('odd', 'no-such-type')");
        await Eventually.IsTrueAsync(async () => await GetAsync("/api/health") == (HttpStatusCode.OK, OldConfiguration), "the report says so");

        (await GetAsync("/health/ready")).Status.Should().Be(HttpStatusCode.OK);
        using var response = await ChatAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/nowhere")]
    [InlineData("/api")]
    [InlineData("/api/requests/a/b")]
    [InlineData("/metrics")]
    [InlineData("/HEALTH/none")]
    public async Task An_unknown_path_is_not_found(string path)
    {
        using var response = await Client(key: null).GetAsync(path, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync(Stop)).Should().Be(ErrorJson($"There is nothing at GET {path}.", "unknown_url"));
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0);
    }

    [Theory]
    [InlineData("POST", "/health", "GET or HEAD")]
    [InlineData("DELETE", "/health/ready", "GET or HEAD")]
    [InlineData("PUT", "/api/health", "GET")]
    [InlineData("DELETE", "/api/requests", "GET")]
    [InlineData("POST", "/api/db-stats", "GET")]
    [InlineData("GET", "/v1/chat/completions", "POST")]
    [InlineData("DELETE", "/v1/models/gpt-4", "GET")]
    public async Task Another_method_is_not_allowed(string method, string path, string allowed)
    {
        await IssueKeyAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await Client().SendAsync(request, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        string.Join(" or ", response.Content.Headers.Allow).Should().Be(allowed);
        (await response.Content.ReadAsStringAsync(Stop)).Should().Be(
            ErrorJson($"{method} is not allowed here: expected {allowed}.", "method_not_allowed"));
    }

    [Fact]
    public async Task Under_v1_a_key_is_asked_for_first_and_what_is_refused_then_is_in_the_books()
    {
        await IssueKeyAsync();

        using var stranger = await Client(key: null).GetAsync("/v1/audio/speech", Stop);
        using var caller = await PostAsync("""{"input":"Hi"}""", path: "/v1/audio/speech");

        stranger.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        caller.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await ErrorAsync(caller)).GetProperty("code").GetString().Should().Be("unknown_url");
        (await LoggedAsync()).Should().Match<LoggedExchange>(exchange =>
            exchange.Status == 404 && exchange.Outcome == "rejected" && exchange.ErrorCode == "unknown_url" && exchange.Url == "/v1/audio/speech"
            && exchange.BodyForm == "omitted" && exchange.LedgerLines == 0);
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await Client(key: null).GetAsync(path, Stop);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Stop));
    }
}
