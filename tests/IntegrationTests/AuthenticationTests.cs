using System.Net;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

public class AuthenticationTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const string Missing = """{"error":{"message":"missing or invalid Authorization header","type":"invalid_request_error","code":401}}""";
    private const string Invalid = """{"error":{"message":"invalid API key","type":"invalid_request_error","code":401}}""";

    [Theory]
    [InlineData("Authorization: Bearer test-key-12345")]
    [InlineData("Authorization: bearer test-key-12345")]
    [InlineData("Authorization: BEARER test-key-12345")]
    [InlineData("authorization: Bearer test-key-12345")]
    [InlineData("Authorization: Bearer   test-key-12345")]
    [InlineData("Authorization: Bearer test-key-12345  ")]
    [InlineData("Authorization:Bearer test-key-12345")]
    public async Task A_key_is_read_as_a_bearer_token(string header)
    {
        await IssueKeyAsync();

        (await ModelsAsync(header)).StatusLine.Should().Be("HTTP/1.1 200 OK");
    }

    [Theory]
    [InlineData("X-Nothing: here", Missing)]
    [InlineData("Authorization:", Missing)]
    [InlineData("Authorization: Bearer", Missing)]
    [InlineData("Authorization: Bearer  ", Missing)]
    [InlineData("Authorization: test-key-12345", Missing)]
    [InlineData("Authorization: Basic test-key-12345", Missing)]
    [InlineData("Authorization: Bearertest-key-12345", Missing)]
    [InlineData("Authorization: Token Bearer test-key-12345", Missing)]
    [InlineData("Authorization: Bearer test-key-12345\nAuthorization: Bearer test-key-12345", Missing)]
    [InlineData("Authorization: Bearer wrong\nAuthorization: Bearer test-key-12345", Missing)]
    [InlineData("Api-Key: test-key-12345", Missing)]
    [InlineData("Cookie: Authorization=Bearer test-key-12345", Missing)]
    [InlineData("Authorization: Bearer test-key-12345, Bearer test-key-12345", Invalid)]
    [InlineData("Authorization: Bearer test-key-12345 x", Invalid)]
    [InlineData("Authorization: Bearer TEST-KEY-12345", Invalid)]
    [InlineData("Authorization: Bearer test-key-1234", Invalid)]
    [InlineData("Authorization: Bearer test-key-12345\u00E9", Invalid)]
    [InlineData("Authorization: Bearer ключ", Invalid)]
    [InlineData("Authorization: Bearer %74est-key-12345", Invalid)]
    [InlineData("Authorization: Bearer 'OR 1=1--", Invalid)]
    public async Task Anything_else_is_refused_and_leaves_no_row(string header, string body)
    {
        await IssueKeyAsync();

        var response = await ModelsAsync(header);

        response.StatusLine.Should().Be("HTTP/1.1 401 Unauthorized");
        response.Body.Should().Be(body);
        response.Headers["WWW-Authenticate"].Should().Be("Bearer");
        response.Headers["x-should-retry"].Should().Be("false");
        (await ScalarAsync<long>("SELECT count(*) FROM requests")).Should().Be(0);
    }

    [Fact]
    public async Task The_hash_that_is_stored_opens_nothing()
    {
        await IssueKeyAsync();

        (await ModelsAsync($"Authorization: Bearer {Secret.Hash(Key)}")).Body.Should().Be(Invalid);
    }

    [Fact]
    public async Task A_key_may_be_long_and_more_than_a_head_may_hold_is_refused()
    {
        var longKey = new string('k', 8000);
        await IssueKeyAsync(longKey);

        (await ModelsAsync($"Authorization: Bearer {longKey}")).StatusLine.Should().Be("HTTP/1.1 200 OK");
        (await ModelsAsync($"Authorization: Bearer {longKey}k")).Body.Should().Be(Invalid);
        (await ModelsAsync($"Authorization: Bearer {new string('k', 40_000)}")).StatusLine.Should().StartWith("HTTP/1.1 431");
    }

    [Theory]
    [InlineData("UPDATE api_keys SET enabled = false")]
    [InlineData("UPDATE api_keys SET expires_at = now() - interval '1 second'")]
    [InlineData("UPDATE api_keys SET key_hash = repeat('0', 64)")]
    [InlineData("DELETE FROM api_keys")]
    [InlineData("TRUNCATE api_keys")]
    public async Task A_key_that_is_taken_away_stops_working_and_one_given_back_works(string change)
    {
        await IssueKeyAsync();
        (await StatusAsync()).Should().Be(HttpStatusCode.OK);

        await SqlAsync(change);
        await Eventually.IsTrueAsync(async () => await StatusAsync() == HttpStatusCode.Unauthorized, "the key no longer works");

        await SqlAsync("DELETE FROM api_keys");
        await SqlAsync("INSERT INTO api_keys (name, key_hash) VALUES ('again', $1)", Secret.Hash(Key));
        await Eventually.IsTrueAsync(async () => await StatusAsync() == HttpStatusCode.OK, "the key works again");
    }

    [Fact]
    public async Task A_key_expires_at_its_moment_without_a_change_of_the_row()
    {
        await IssueKeyAsync();
        await SqlAsync("UPDATE api_keys SET expires_at = now() + interval '700 milliseconds'");
        await Gateway.SettledAsync();

        await Eventually.IsTrueAsync(async () => await StatusAsync() == HttpStatusCode.Unauthorized, "the key has expired");

        (await ScalarAsync<bool>("SELECT now() >= expires_at FROM api_keys")).Should().BeTrue("not before its moment");
    }

    [Fact]
    public async Task An_admin_token_that_is_taken_away_stops_working()
    {
        (await AdminStatusAsync()).Should().Be(HttpStatusCode.OK);

        await SqlAsync("UPDATE admin_tokens SET enabled = false");

        await Eventually.IsTrueAsync(async () => await AdminStatusAsync() == HttpStatusCode.Unauthorized, "the token no longer works");
    }

    [Fact]
    public async Task An_admin_token_is_no_API_key()
    {
        (await StatusAsync(Gateway.AdminToken)).Should().Be(HttpStatusCode.Unauthorized);
        (await ChatAsync(key: Gateway.AdminToken)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    /// <summary>Connections that are asked for are counted, and a look-up asks for one.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fifty_first_looks_at_one_key_ask_the_database_once(bool known)
    {
        if (known)
            await IssueKeyAsync();
        var database = Gateway.Services.GetRequiredService<GatewayDatabase>();
        var keys = Gateway.Services.GetRequiredService<IApiKeyDirectory>();
        var key = known ? Key : $"unknown-{Guid.NewGuid():N}";
        await using var held = await TableLock.TakeExclusivelyAsync(Gateway.Database, "api_keys");
        var before = database.Pool.Opened;

        var looks = Enumerable.Range(0, 50).Select(_ => keys.FindUsableAsync(Secret.Hash(key), Stop).AsTask()).ToList();
        await held.WaiterAsync();
        await held.ReleaseAsync();

        (await Task.WhenAll(looks)).Should().OnlyContain(found => found != null == known);
        (await keys.FindUsableAsync(Secret.Hash(key), Stop) is not null).Should().Be(known);
        (database.Pool.Opened - before).Should().Be(1);
    }

    private async Task<RawResponse> ModelsAsync(string header)
    {
        using var connection = await RawConnection.OpenAsync(Gateway.Url, Stop);
        await connection.SendAsync($"GET /v1/models HTTP/1.1\nHost: localhost\n{header}\n\n", Stop);
        return await connection.ReadAsync(Stop);
    }

    private async Task<HttpStatusCode> StatusAsync(string key = Key)
    {
        using var response = await Client(key).GetAsync("/v1/models", Stop);
        return response.StatusCode;
    }

    private async Task<HttpStatusCode> AdminStatusAsync()
    {
        using var response = await Admin().GetAsync("/api/requests", Stop);
        return response.StatusCode;
    }
}
