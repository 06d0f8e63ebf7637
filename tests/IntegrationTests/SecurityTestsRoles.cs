using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Every route there is with everything that somebody could come with: who gets in, and who does not.</summary>
public class SecurityTestsRoles(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task Each_route_opens_to_those_it_names_and_to_no_one_else()
    {
        await IssueKeyAsync();
        var tokens = new Dictionary<string, string>();
        foreach (var role in Enum.GetValues<AdminRole>())
            tokens[role.Name()] = await TokenAsync(role);
        var strangers = await StrangersAsync();

        var wrong = new List<string>();
        foreach (var route in Route.All(Gateway))
        {
            foreach (var (who, secret) in strangers)
                await CheckAsync(route, who, secret, Expected(route, isClient: false, role: null), wrong);

            await CheckAsync(route, "API key", Key, Expected(route, isClient: true, role: null), wrong);
            foreach (var role in Enum.GetValues<AdminRole>())
                await CheckAsync(route, role.Name(), tokens[role.Name()], Expected(route, isClient: false, role), wrong);
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task What_is_of_the_admin_listener_is_nowhere_else()
    {
        var found = new List<string>();
        foreach (var route in Route.All(Gateway).Where(route => route.IsAdmin))
        {
            using var answer = await SendAsync(Gateway.Url, route.Method, route.Path, Gateway.AdminToken);
            if (answer.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed))
                found.Add($"{route}: {(int)answer.StatusCode}");
        }

        found.Should().BeEmpty();
    }

    [Theory]
    [InlineData("/ADMIN/projects")]
    [InlineData("//admin/projects")]
    [InlineData("/admin/projects/")]
    [InlineData("/v1/%2e%2e/admin/projects")]
    [InlineData("/v1/../admin/projects")]
    [InlineData("/admin%2fprojects")]
    [InlineData("/./admin/projects")]
    [InlineData("/admin;x=1/projects")]
    public async Task No_spelling_of_a_path_gets_around_its_door(string path)
    {
        foreach (var (url, secret) in new[] { (Gateway.Url, Gateway.AdminToken), (Gateway.AdminUrl, Key), (Gateway.AdminUrl, "gwa_wrong") })
        {
            using var answer = await SendAsync(url, "GET", path, secret);

            answer.IsSuccessStatusCode.Should().BeFalse("{0} with {1}", url, secret == Key ? "an API key" : "a token");
        }
    }

    [Fact]
    public void No_route_is_left_out() =>
        Route.All(Gateway).Where(route => route.IsAdmin && route.Role is null).Select(route => route.Pattern)
            .Should().Equal(["/openapi/{documentName}.json"], "what says nothing of a role is closed, and what is open is named here");

    /// <summary>What only looks like a way in.</summary>
    private async Task<IReadOnlyList<(string Who, string? Secret)>> StrangersAsync()
    {
        var (expired, revoked, disabled) = (Secret.Generate(Secret.AdminTokenPrefix), Secret.Generate(Secret.AdminTokenPrefix), Secret.Generate(Secret.ApiKeyPrefix));
        await SqlAsync("INSERT INTO admin_tokens (name, token_hash, expires_at) VALUES ('expired', $1, now() - interval '1 second')", Secret.Hash(expired));
        await SqlAsync("INSERT INTO admin_tokens (name, token_hash, enabled) VALUES ('revoked', $1, false)", Secret.Hash(revoked));
        await SqlAsync("INSERT INTO api_keys (name, key_hash, enabled) VALUES ('disabled', $1, false)", Secret.Hash(disabled));
        await Gateway.SettledAsync();
        return
        [
            ("nobody", null), ("expired", expired), ("revoked", revoked), ("disabled", disabled),
            ("unknown", Secret.Generate(Secret.AdminTokenPrefix)), ("the hash of a token", Secret.Hash(Gateway.AdminToken)), ("the hash of a key", Secret.Hash(Key)),
        ];
    }

    private static HttpStatusCode? Expected(Route route, bool isClient, AdminRole? role)
    {
        if (route.NeedsClientKey)
            return isClient ? null : HttpStatusCode.Unauthorized;

        return route.Role is not { } needed || role >= needed ? null
            : role is null ? HttpStatusCode.Unauthorized
            : HttpStatusCode.Forbidden;
    }

    /// <param name="expected">Null: in, whatever comes of it.</param>
    private async Task CheckAsync(Route route, string who, string? secret, HttpStatusCode? expected, List<string> wrong)
    {
        using var answer = await SendAsync(route.IsAdmin ? Gateway.AdminUrl : Gateway.Url, route.Method, route.Path, secret);
        var isIn = answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
        if (expected is null ? !isIn || (int)answer.StatusCode >= 500 : answer.StatusCode != expected)
            wrong.Add($"{route} as {who}: {(int)answer.StatusCode} instead of {expected?.ToString() ?? "in"}");
    }

    private async Task<HttpResponseMessage> SendAsync(Uri url, string method, string path, string? secret)
    {
        // A Uri would tidy up what the path is about.
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"{url.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (method is "POST" or "PUT" or "PATCH")
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        if (secret is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return await Client(key: null, url).SendAsync(request, Stop);
    }
}
