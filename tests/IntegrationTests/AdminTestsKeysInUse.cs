using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ApiKeys;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.IntegrationTests;

/// <summary>What becomes of calls when keys are rotated and changed.</summary>
public class AdminTestsKeysInUse(GatewayFixture gateway) : LimitedKeyTest(gateway)
{
    [Fact]
    public async Task Both_secrets_open_the_door_until_the_next_rotation()
    {
        var (id, first) = await IssueAsync();
        var second = await RotateAsync(id, 3600);
        var both = (await StatusAsync(first), await StatusAsync(second));
        var third = await RotateAsync(id, 3600);
        var afterTheNext = (await StatusAsync(first), await StatusAsync(second), await StatusAsync(third));
        var fourth = await RotateAsync(id, 0);

        both.Should().Be((HttpStatusCode.OK, HttpStatusCode.OK));
        afterTheNext.Should().Be((HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.OK));
        (await StatusAsync(second), await StatusAsync(third), await StatusAsync(fourth)).Should()
            .Be((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_grace_period_ends_at_its_moment_without_a_change_of_the_row()
    {
        var clock = new ShiftedClock(TimeProvider.System.GetUtcNow());
        await using var other = await AnotherGateway.StartAsync(Gateway, services => services.AddSingleton<TimeProvider>(clock));
        var (id, old) = await IssueAsync();
        var secret = await RotateAsync(id, 3600);
        await Eventually.IsTrueAsync(async () => await StatusAsync(secret, other.Url) == HttpStatusCode.OK, "the other gateway knows the new secret");

        clock.Advance(TimeSpan.FromMinutes(50));
        var before = await StatusAsync(old, other.Url);
        clock.Advance(TimeSpan.FromMinutes(11));

        before.Should().Be(HttpStatusCode.OK);
        (await StatusAsync(old, other.Url)).Should().Be(HttpStatusCode.Unauthorized, "the key is known from a moment ago, and the time is looked at again");
        (await StatusAsync(secret, other.Url)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(old)).Should().Be(HttpStatusCode.OK, "here it is still earlier");
    }

    [Fact]
    public async Task A_previous_secret_without_an_end_opens_nothing_and_neither_does_a_hash()
    {
        var (id, old) = await IssueAsync();
        var secret = await RotateAsync(id, 3600);

        (await StatusAsync(Secret.Hash(old)), await StatusAsync(Secret.Hash(secret))).Should().Be((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized));
        await SqlAsync("UPDATE api_keys SET previous_key_expires_at = NULL");
        await Gateway.SettledAsync();
        (await StatusAsync(old), await StatusAsync(secret)).Should().Be((HttpStatusCode.Unauthorized, HttpStatusCode.OK));
    }

    [Theory]
    [InlineData("""{"enabled":false}""", HttpStatusCode.Unauthorized)]
    [InlineData("""{"expires_at":"2020-01-01T00:00:00Z"}""", HttpStatusCode.Unauthorized)]
    [InlineData("""{"allowed_models":["other"]}""", HttpStatusCode.Forbidden)]
    [InlineData("""{"allowed_models":[]}""", HttpStatusCode.Forbidden)]
    [InlineData("""{"limits":{"rate_limit":0}}""", HttpStatusCode.TooManyRequests)]
    [InlineData("""{"name":"renamed"}""", HttpStatusCode.OK)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    public async Task A_change_holds_for_both_secrets_at_once(string? change, HttpStatusCode status)
    {
        var (id, old) = await IssueAsync();
        var secret = await RotateAsync(id, 3600);
        (await ChatEchoAsync(old), await ChatEchoAsync(secret)).Should().Be((HttpStatusCode.OK, HttpStatusCode.OK));

        using var answer = await AdminAsync(change is null ? HttpMethod.Delete : HttpMethod.Patch, $"keys/{id}", change);
        await Gateway.SettledAsync();

        answer.IsSuccessStatusCode.Should().BeTrue();
        (await ChatEchoAsync(old), await ChatEchoAsync(secret)).Should().Be((status, status));
    }

    [Fact]
    public async Task A_project_that_is_disabled_closes_the_door_of_both_secrets()
    {
        var (id, old) = await IssueAsync();
        await ProjectAsync("enabled = false", id);
        var secret = await RotateAsync(id, 3600);

        (await StatusAsync(old), await StatusAsync(secret)).Should().Be((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_budget_may_be_made_less_than_what_is_spent_and_more_again()
    {
        await ServeForOutputAsync();
        var id = await LimitedKeyAsync("monthly_budget = 1");
        (await WholeAsync(Chat(3))).StatusCode.Should().Be(HttpStatusCode.OK);

        await LimitAsync("0.0001");
        using var refused = await WholeAsync(Chat(1));
        var spent = await BudgetAsync(id);
        await LimitAsync("0.00024");
        using var last = await WholeAsync(Chat(1));
        await LimitAsync("null");
        using var free = await WholeAsync(Chat(3));

        (refused.StatusCode, last.StatusCode, free.StatusCode).Should().Be((HttpStatusCode.PaymentRequired, HttpStatusCode.OK, HttpStatusCode.OK));
        spent.Should().Be((3 * PerToken, 0m));

        async Task LimitAsync(string budget)
        {
            (await AdminAsync(HttpMethod.Patch, $"keys/{id}", $$$"""{"limits":{"monthly_budget":{{{budget}}}}}""")).StatusCode.Should().Be(HttpStatusCode.OK);
            await Gateway.SettledAsync();
        }
    }

    [Fact]
    public async Task A_look_at_a_key_reads_indexes_alone()
    {
        await SqlAsync(
            """
            INSERT INTO api_keys (name, key_hash, previous_key_hash)
            SELECT n::text, encode(sha256(n::text::bytea), 'hex'), CASE WHEN n % 10 = 0 THEN encode(sha256(('old ' || n)::bytea), 'hex') END
            FROM generate_series(1, 20000) n
            """);
        await SqlAsync("ANALYZE api_keys");

        var plan = string.Join('\n', (await RowsAsync(
            $"EXPLAIN {ApiKeyDirectory.Sql.Replace("$1", $"'{Secret.Hash("old 500")}'", StringComparison.Ordinal)}")).Select(row => (string)row[0]!));

        plan.Should().ContainAll("api_keys_key_hash_key", "api_keys_previous_key_hash_key", "api_keys_pkey").And.NotContain("Seq Scan on api_keys");
    }

    private async Task<(Guid Id, string Secret)> IssueAsync()
    {
        var issued = await JsonAsync(await AdminAsync(HttpMethod.Post, "keys", """{"name":"ci"}"""));
        await Gateway.SettledAsync();
        return (issued.GetProperty("id").GetGuid(), issued.GetProperty("secret").GetString()!);
    }

    private async Task<string> RotateAsync(Guid id, int graceSeconds)
    {
        var rotated = await JsonAsync(await AdminAsync(HttpMethod.Post, $"keys/{id}/rotate", $$"""{"grace_period_seconds":{{graceSeconds}}}"""));
        await Gateway.SettledAsync();
        rotated.GetProperty("previous_key_expires_at").ValueKind.Should().Be(graceSeconds == 0 ? JsonValueKind.Null : JsonValueKind.String);
        return rotated.GetProperty("secret").GetString()!;
    }

    private async Task<HttpResponseMessage> AdminAsync(HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, $"/admin/{path}");
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return await Admin(Gateway.AdminUrl).SendAsync(request, Stop);
    }

    private async Task<HttpStatusCode> StatusAsync(string secret, Uri? url = null)
    {
        using var answer = await Client(secret, url).GetAsync("/v1/models", Stop);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> ChatEchoAsync(string secret)
    {
        using var answer = await ChatAsync("echo", key: secret);
        return answer.StatusCode;
    }
}
