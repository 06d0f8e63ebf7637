using System.Net;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>How the gateways and their database are, by the admin API.</summary>
public class AdminTestsStatus(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task The_configuration_says_which_is_in_use_and_why_it_is_not_the_newest()
    {
        await ServeAsync();
        var well = await JsonAsync(await GetAsync("config"));
        var version = await ScalarAsync<long>("SELECT version FROM config_version");
        await SqlAsync("UPDATE providers SET provider_type = 'no_such_kind'");
        await Gateway.SettledAsync();
        var ill = await JsonAsync(await GetAsync("config", await TokenAsync(AdminRole.Viewer)));

        well.GetRawText().Should().Be($$"""{"version":{{version}},"in_use":{{version}},"problems":[]}""");
        ill.GetProperty("version").GetInt64().Should().BeGreaterThan(version);
        ill.GetProperty("in_use").GetInt64().Should().Be(version);
        ill.GetProperty("problems").EnumerateArray().Select(problem => problem.GetString())
            .Should().ContainSingle().Which.Should().Contain("no_such_kind");
    }

    [Fact]
    public async Task Gateways_are_shown_with_when_they_were_last_heard_of()
    {
        var gone = Guid.NewGuid();
        await SqlAsync("INSERT INTO gateway_instances (id, seen_at, epoch, redis) VALUES ($1, now() - interval '1 hour', 3, false)", gone);
        await Eventually.IsTrueAsync(
            async () => await ScalarAsync<long>("SELECT count(*) FROM gateway_instances WHERE seen_at > now() - interval '1 minute'") == 1,
            "this gateway shows that it lives");

        var answer = await JsonAsync(await GetAsync("gateways"));

        answer.GetProperty("counted_in").GetString().Should().Be("local");
        var gateways = answer.GetProperty("data").EnumerateArray().ToList();
        gateways.Should().HaveCount(2);
        (gateways[0].GetProperty("alive").GetBoolean(), gateways[0].GetProperty("answering").GetBoolean(), gateways[0].GetProperty("redis").ValueKind)
            .Should().Be((true, true, JsonValueKind.Null));
        var silent = gateways[1];
        (silent.GetProperty("id").GetGuid(), silent.GetProperty("alive").GetBoolean()).Should().Be((gone, false));
        (silent.GetProperty("epoch").GetInt64(), silent.GetProperty("redis").GetBoolean()).Should().Be((3L, false));
    }

    [Fact]
    public async Task Partitions_are_shown_and_looked_after_when_somebody_says_so()
    {
        var missing = await ScalarAsync<string>(
            "SELECT relname::text FROM pg_class WHERE relname = 'requests_' || to_char((now() AT TIME ZONE 'UTC')::date + 2, 'YYYYMMDD')");
        var day = missing["requests_".Length..];
        await SqlAsync($"ALTER TABLE responses DETACH PARTITION responses_{day}");
        await SqlAsync($"DROP TABLE responses_{day}");
        await SqlAsync($"ALTER TABLE requests DETACH PARTITION {missing}");
        await SqlAsync($"DROP TABLE {missing}");
        var before = await NamesAsync();

        using var refused = await SendAsync(HttpMethod.Post, "partitions/maintain", token: await TokenAsync(AdminRole.KeyManager));
        using var done = await SendAsync(HttpMethod.Post, "partitions/maintain", token: await TokenAsync(AdminRole.Admin));

        (refused.StatusCode, done.StatusCode).Should().Be((HttpStatusCode.Forbidden, HttpStatusCode.OK));
        (await JsonAsync(done)).GetProperty("made").EnumerateArray().Select(name => name.GetString())
            .Should().BeEquivalentTo(missing, $"responses_{day}");
        (await NamesAsync()).Except(before).Should().BeEquivalentTo(missing, $"responses_{day}");
        (await RowsAsync("SELECT action, target_type, actor_name FROM audit_log ORDER BY id DESC LIMIT 1")).Single()
            .Should().Equal("maintain_partitions", "partitions", "admin");
    }

    private async Task<List<string>> NamesAsync() =>
    [
        .. (await JsonAsync(await GetAsync("partitions"))).GetProperty("data").EnumerateArray()
            .Select(partition => partition.GetProperty("name").GetString()!),
    ];
}
