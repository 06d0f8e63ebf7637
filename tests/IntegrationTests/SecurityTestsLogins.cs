using System.Net;
using System.Net.Http.Headers;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>Those who guess keys: what they are told, how often, and who they are taken for.</summary>
public class SecurityTestsLogins(GatewayFixture gateway) : AdminTest(gateway)
{
    private static readonly (string, string) AdminPort = ("ADMIN_HTTP_PORT", "0");
    private static readonly (string, string) ThreeFailures = ("FAILED_LOGINS_PER_MINUTE", "3");

    [Fact]
    public async Task After_too_many_wrong_ones_the_database_is_asked_no_more_and_known_keys_go_on()
    {
        const string NeverSeen = "never-seen-key-12345";
        await IssueKeyAsync();
        await IssueKeyAsync(NeverSeen);
        await using var strict = await AnotherGateway.StartAsync(Gateway, AdminPort, ThreeFailures);
        (await ModelsAsync(strict, Key)).Status.Should().Be(200);

        for (var failure = 0; failure < 3; failure++)
            (await ModelsAsync(strict, $"wrong-{failure}")).Status.Should().Be(401);
        var database = strict.Services.GetRequiredService<GatewayDatabase>();
        var before = database.Pool.Opened;

        foreach (var key in (string[])["wrong-0", "wrong-4", NeverSeen, Secret.Generate(Secret.ApiKeyPrefix)])
        {
            var refused = await ModelsAsync(strict, key);
            (refused.Status, refused.Code).Should().Be((429, "too_many_failed_logins"));
            refused.RetryAfter!.Value.TotalSeconds.Should().BeInRange(1, 60);
        }

        (await AskAsync(strict.Urls[^1], "/admin/projects", "wrong")).Status.Should().Be(429, "keys and tokens are guessed from one address");
        database.Pool.Opened.Should().Be(before);
        (await ModelsAsync(strict, Key)).Status.Should().Be(200, "who shares the address with a guesser goes on");
        (await ModelsAsync(strict, key: null)).Status.Should().Be(401, "nothing was guessed");
    }

    [Fact]
    public async Task All_wrong_credentials_get_the_same_answer()
    {
        await IssueKeyAsync("disabled-key-12345");
        await SqlAsync("UPDATE api_keys SET enabled = false");
        await Gateway.SettledAsync();
        var mistyped = Secret.Generate(Secret.ApiKeyPrefix)[..^1] + "!";
        var checksum = Secret.Generate(Secret.ApiKeyPrefix) is var secret && secret[^1] == 'A' ? secret[..^1] + "B" : secret[..^1] + "A";

        var answers = new List<string>();
        foreach (var key in (string[])["wrong", "disabled-key-12345", mistyped, checksum, Secret.Generate(Secret.ApiKeyPrefix), Gateway.AdminToken])
        {
            using var response = await Client(key).GetAsync("/v1/models", Stop);
            var headers = response.Headers.Concat(response.Content.Headers)
                .Where(header => header.Key is not ("Date" or "X-Request-ID" or "X-Total-Latency")).Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
            answers.Add($"{(int)response.StatusCode}\n{string.Join('\n', headers.Order())}\n{await response.Content.ReadAsStringAsync(Stop)}");
        }

        answers.Distinct().Should().ContainSingle().Which.Should().StartWith("401\n").And.Contain("invalid API key");
    }

    [Theory]
    [InlineData("203.0.113.7", 429)]
    [InlineData("203.0.113.8", 401)]
    [InlineData("203.0.113.8, 203.0.113.7", 429)]
    [InlineData("203.0.113.7, 203.0.113.8", 401)]
    [InlineData("203.0.113.7, 127.0.0.5", 429)]
    [InlineData("203.0.113.7:4711", 429)]
    [InlineData("nobody", 401)]
    public async Task What_a_trusted_proxy_says_last_is_where_a_caller_is(string forwardedFor, int status)
    {
        await using var strict = await AnotherGateway.StartAsync(Gateway, ThreeFailures, ("TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.0/8"));
        for (var failure = 0; failure < 3; failure++)
            (await ModelsAsync(strict, "wrong", ("X-Forwarded-For", "203.0.113.7"))).Status.Should().Be(401);

        (await ModelsAsync(strict, "wrong", ("X-Forwarded-For", forwardedFor))).Status.Should().Be(status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("10.0.0.0/8")]
    public async Task What_anyone_else_says_is_not_believed(string? trusted)
    {
        (string, string)[] proxies = trusted is null ? [] : [("TRUSTED_PROXIES", trusted)];
        await using var strict = await AnotherGateway.StartAsync(Gateway, [ThreeFailures, .. proxies]);
        for (var failure = 0; failure < 3; failure++)
            (await ModelsAsync(strict, "wrong", ("X-Forwarded-For", $"203.0.113.{failure}"), ("Forwarded", $"for=203.0.113.{failure}"))).Status.Should().Be(401);

        (await ModelsAsync(strict, "wrong", ("X-Forwarded-For", "203.0.113.77"), ("X-Real-IP", "203.0.113.77"))).Status.Should().Be(429);
    }

    [Theory]
    [InlineData(null, "127.0.0.1")]
    [InlineData("127.0.0.1/32", "203.0.113.9")]
    public async Task The_audit_log_has_the_callers_address(string? trusted, string address)
    {
        (string, string)[] proxies = trusted is null ? [] : [("TRUSTED_PROXIES", trusted)];
        await using var another = await AnotherGateway.StartAsync(Gateway, [AdminPort, .. proxies]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/projects") { Content = new StringContent($$"""{"name":"audited at {{address}}"}""") };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");

        using var response = await Admin(another.Urls[^1]).SendAsync(request, Stop);

        response.StatusCode.Should().Be(HttpStatusCode.Created);
        (await ScalarAsync<string>("SELECT address FROM audit_log WHERE target_name = $1", $"audited at {address}")).Should().Be(address);
    }

    [Theory]
    [InlineData("UPDATE admin_tokens SET enabled = false")]
    [InlineData("UPDATE admin_tokens SET expires_at = now() - interval '1 second'")]
    [InlineData("DELETE FROM admin_tokens")]
    public async Task Where_no_admin_token_could_be_used_nothing_listens_for_admins(string sql)
    {
        await SqlAsync(sql);
        await using var closed = await AnotherGateway.StartAsync(Gateway, AdminPort);

        closed.Urls.Should().ContainSingle();
        using var response = await Client(Gateway.AdminToken, closed.Url).GetAsync("/admin/projects", Stop);
        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Admins_may_have_an_address_of_their_own()
    {
        await using var another = await AnotherGateway.StartAsync(Gateway, AdminPort, ("ADMIN_HTTP_HOST", "127.0.0.2"));

        another.Urls.Select(url => url.Host).Should().Equal("127.0.0.1", "127.0.0.2");
        using var response = await Admin(another.Urls[^1]).GetAsync("/admin/projects", Stop);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private Task<(int Status, string? Code, TimeSpan? RetryAfter)> ModelsAsync(
        AnotherGateway gateway, string? key, params (string Name, string Value)[] headers) => AskAsync(gateway.Url, "/v1/models", key, headers);

    private async Task<(int Status, string? Code, TimeSpan? RetryAfter)> AskAsync(
        Uri url, string path, string? token, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        using var response = await Client(key: null, url).SendAsync(request, Stop);
        var code = response.StatusCode == HttpStatusCode.TooManyRequests && path.StartsWith("/v1", StringComparison.Ordinal)
            ? (await ErrorAsync(response)).GetProperty("code").GetString()
            : null;
        return ((int)response.StatusCode, code, response.Headers.RetryAfter?.Delta);
    }
}
