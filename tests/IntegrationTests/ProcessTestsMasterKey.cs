using System.Net;
using System.Security.Cryptography;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The key that provider credentials are sealed with: where it comes from, and what happens without the right one.</summary>
public class ProcessTestsMasterKey(GatewayFixture gateway) : ProcessTest
{
    private readonly string masterKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public async Task Credentials_sealed_by_one_gateway_are_opened_by_another_with_the_same_key_and_by_no_other()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await using (var sealing = Start(database.Url, DataFolder("sealing"), ("GATEWAY_MASTER_KEY", masterKey)))
        {
            await sealing.ListeningAsync();
            await database.IssueKeyAsync(Key);
            await database.ServeAsync(upstream);
            await Eventually.IsTrueAsync(
                async () => !(await database.ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).Contains("api_key", StringComparison.Ordinal),
                "the credentials are sealed");
            File.Exists(Path.Combine(Folder, "sealing", "master.key")).Should().BeFalse("a key that is given is not written down");
        }

        await SameKeyFromAFileAsync(database, upstream);
        await AnotherKeyAsync(database, upstream);
    }

    // The same 32 bytes, written another way and with the line's end that editors leave.
    private async Task SameKeyFromAFileAsync(TestDatabase database, FakeUpstream upstream)
    {
        var file = Path.Combine(Folder, "kek");
        await File.WriteAllTextAsync(file, Convert.ToHexString(Convert.FromBase64String(masterKey)) + "\n", Stop);
        await using var opening = Start(database.Url, DataFolder("opening"), ("GATEWAY_MASTER_KEY_FILE", file));

        using var answer = await ChatAsync(await opening.ListeningAsync(), model: "gpt-4");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        upstream.Request.Headers["Authorization"].Should().Be("Bearer sk-upstream-secret");
        upstream.Reset();
        ShouldTellNoKey(opening);
    }

    private async Task AnotherKeyAsync(TestDatabase database, FakeUpstream upstream)
    {
        await using var stranger = Start(database.Url, DataFolder("stranger"));
        var url = await stranger.ListeningAsync();

        stranger.Output.Where(line => line.Contains("\"Level\":\"Error\"", StringComparison.Ordinal)).Should().ContainSingle().Which
            .Should().Contain("openai-main").And.Contain("master key");
        using var health = await GetAsync(url, "/api/health");
        (await JsonAsync(health)).GetProperty("configuration").GetString().Should().Be("invalid");
        using var other = await ChatAsync(url);
        (await SaidAsync(other)).Should().Be("Say hello!", "what does not need the credentials works");
        using var answer = await ChatAsync(url, model: "gpt-4");
        answer.IsSuccessStatusCode.Should().BeFalse();
        upstream.Requests.Should().BeEmpty();
        ShouldTellNoKey(stranger);
    }

    [Theory]
    [InlineData("too short", "GATEWAY_MASTER_KEY is not valid: expected 32 bytes as base64 or 64 hex digits, or several of these")]
    [InlineData("", "GATEWAY_MASTER_KEY_FILE {file} holds no master key: expected 32 bytes as base64 or 64 hex digits, or several of these")]
    [InlineData(
        "hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunter2h", "GATEWAY_MASTER_KEY is not valid: expected 32 bytes as base64 or 64 hex digits, or several of these")]
    public async Task A_key_that_is_none_stops_the_start_without_being_printed(string key, string told)
    {
        var file = Path.Combine(Folder, "kek");
        await File.WriteAllTextAsync(file, "hunter2\n", Stop);

        var process = Start(gateway.DatabaseUrl, key.Length == 0 ? ("GATEWAY_MASTER_KEY_FILE", file) : ("GATEWAY_MASTER_KEY", key));

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().Equal(told.Replace("{file}", file, StringComparison.Ordinal));
        process.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task A_file_of_the_key_that_is_not_there_stops_the_start()
    {
        var process = Start(gateway.DatabaseUrl, ("GATEWAY_MASTER_KEY_FILE", Path.Combine(Folder, "gone")));

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().ContainSingle().Which.Should().StartWith("GATEWAY_MASTER_KEY_FILE ").And.Contain("gone cannot be read: ");
    }

    private void ShouldTellNoKey(GatewayProcess process)
    {
        var said = string.Join('\n', [.. process.Output, .. process.Errors]);
        said.Should().NotContain(masterKey).And.NotContainEquivalentOf(Convert.ToHexString(Convert.FromBase64String(masterKey))).And.NotContain("sk-upstream");
    }
}
