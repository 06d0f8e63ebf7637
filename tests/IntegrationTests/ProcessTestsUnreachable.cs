using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A database or a Redis that the gateway was told of and cannot use.</summary>
public class ProcessTestsUnreachable(GatewayFixture gateway) : ProcessTest
{
    private const string Password = "p@ss:w/rd-hunter2";

    public static TheoryData<string, string, string> WrongDatabases => new()
    {
        { "nobody listens", "{user}:{password}@{host}:{free}/{database}?sslmode=disable", "Connection refused" },
        { "the password is wrong", "{user}:wrong-hunter2@{host}:{port}/{database}?sslmode=disable", "password authentication failed for user \"{user}\"" },
        { "the user is not known", "nobody:wrong-hunter2@{host}:{port}/{database}?sslmode=disable", "password authentication failed for user \"nobody\"" },
        {
            "the database is not there", "{user}:{password}@{host}:{port}/nowhere?sslmode=disable",
            "database \"nowhere\" does not exist; `cleangateway db migrate` creates it"
        },
        { "the server has no TLS", "{user}:{password}@{host}:{port}/{database}?sslmode=require", "SSL" },
        { "the server has no certificate", "{user}:{password}@{host}:{port}/{database}?sslmode=verify-full", "SSL" },
        { "the host is not known", "{user}:{password}@no-such-host.invalid:{port}/{database}?sslmode=disable", "no-such-host.invalid" },
    };

    [Theory]
    [MemberData(nameof(WrongDatabases))]
    public async Task A_database_that_cannot_be_used_stops_the_start_with_the_reason(string what, string url, string reason)
    {
        var process = Start(("DATABASE_URL", "postgres://" + Fill(url)));

        (await process.EndedAsync()).Should().Be(1, what);
        process.Errors.Should().ContainSingle(what).Which.Should().StartWith("Failed to initialize database: ").And.Contain(Fill(reason));
        ShouldTellNoPassword(process);
    }

    [Fact]
    public async Task A_port_behind_which_something_else_answers_stops_the_start_too()
    {
        var process = Start(TestDatabase.At(gateway.DatabaseUrl, port: gateway.Url.Port));

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().ContainSingle().Which.Should().StartWith("Failed to initialize database: ");
        ShouldTellNoPassword(process);
    }

    [Fact]
    public async Task A_Redis_that_nobody_runs_stops_the_start_with_its_address()
    {
        var address = $"127.0.0.1:{RedisServer.FreePort()}";
        await ShouldNotStartAsync(address, "unused-hunter2");
    }

    [Theory]
    [InlineData("wrong-hunter2", "WRONGPASS")]
    [InlineData(null, "NOAUTH")]
    public async Task A_Redis_that_refuses_the_password_stops_the_start(string? given, string because)
    {
        await using var redis = await RedisServer.StartAsync(Folder, Password);

        var said = await ShouldNotStartAsync(redis.Address, given);

        said.Should().ContainAny(because, "AuthenticationFailure", "requires authentication", "password");
    }

    [Fact]
    public async Task A_Redis_database_that_is_not_there_stops_the_start()
    {
        await using var redis = await RedisServer.StartAsync(Folder);

        (await ShouldNotStartAsync(redis.Address, password: null, ("REDIS_DB", "16"))).Should().Contain("16");
    }

    [Theory]
    [InlineData("allkeys-lru")]
    [InlineData("volatile-ttl")]
    public async Task A_Redis_that_may_forget_what_it_was_told_stops_the_start(string policy)
    {
        await using var redis = await RedisServer.StartAsync(Folder);
        await redis.CliAsync($"CONFIG SET maxmemory-policy {policy}");

        (await ShouldNotStartAsync(redis.Address, password: null)).Should()
            .Contain($"maxmemory-policy is {policy}, ").And.Contain(": expected noeviction, ");
    }

    [Fact]
    public async Task With_the_right_password_health_says_so_and_a_Redis_that_goes_away_does_not_stop_calls()
    {
        await using var redis = await RedisServer.StartAsync(Folder, Password);
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var process = Start(database.Url, ("REDIS_ADDRESS", redis.Address), ("REDIS_PASSWORD", Password), ("REDIS_DB", "3"));
        var url = await process.ListeningAsync();
        (await RedisHealthAsync(url)).Should().Be("ok");

        await redis.KillAsync();

        await Eventually.IsTrueAsync(async () => await RedisHealthAsync(url) == "unreachable", "health says that Redis is gone");
        await database.IssueKeyAsync(Key);
        using var answer = await ChatAsync(url);
        (await SaidAsync(answer)).Should().Be("Say hello!");
        ShouldTellNoPassword(process);
    }

    private async Task<string> ShouldNotStartAsync(string address, string? password, params (string, string)[] more)
    {
        var process = Start(
            gateway.DatabaseUrl, [("REDIS_ADDRESS", address), .. password is null ? [] : new[] { ("REDIS_PASSWORD", password) }, .. more]);

        (await process.EndedAsync()).Should().Be(1);
        var said = process.Errors.Should().ContainSingle().Which;
        said.Should().StartWith($"Failed to initialize Redis: {address}: ");
        process.Output.Should().NotContain(line => line.Contains("listening", StringComparison.Ordinal));
        ShouldTellNoPassword(process);
        return said;
    }

    private async Task<string?> RedisHealthAsync(Uri url)
    {
        using var health = await GetAsync(url, "/api/health");
        return (await JsonAsync(health)).GetProperty("redis").GetString();
    }

    private void ShouldTellNoPassword(GatewayProcess process) =>
        string.Join('\n', [.. process.Output, .. process.Errors]).Should().NotContain("hunter2").And.NotContain(gateway.DatabaseUrl.Password);

    private string Fill(string text) => text
        .Replace("{user}", gateway.DatabaseUrl.User, StringComparison.Ordinal)
        .Replace("{password}", gateway.DatabaseUrl.Password, StringComparison.Ordinal)
        .Replace("{host}", gateway.DatabaseUrl.Host, StringComparison.Ordinal)
        .Replace("{port}", $"{gateway.DatabaseUrl.Port}", StringComparison.Ordinal)
        .Replace("{free}", $"{RedisServer.FreePort()}", StringComparison.Ordinal)
        .Replace("{database}", gateway.DatabaseUrl.Database, StringComparison.Ordinal);
}
