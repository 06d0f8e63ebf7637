using System.Net;
using System.Security.Cryptography;
using CleanGateway.Infrastructure.Security;
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

    // The one with its own key, and the one that makes itself a key where it finds none.
    private async Task AnotherKeyAsync(TestDatabase database, FakeUpstream upstream)
    {
        var before = await StateAsync(database);
        foreach (var environment in new[] { [("GATEWAY_MASTER_KEY", TestSettings.MasterKey)], Array.Empty<(string, string)>() })
        {
            var stranger = Start([("DATABASE_URL", database.Url.Reveal()), DataFolder("stranger"), ("OPENAI_API_KEY", "sk-new"), .. environment]);

            (await stranger.EndedAsync()).Should().Be(1);

            stranger.Errors.Should().ContainSingle().Which.Should()
                .Contain($"are encrypted with the master key {Id(masterKey)}, and this gateway has ")
                .And.Contain($"cleangateway secrets forget {Id(masterKey)}");
            stranger.Output.Should().NotContain(line => line.Contains("listening", StringComparison.Ordinal));
            ShouldTellNoKey(stranger);
        }

        upstream.Requests.Should().BeEmpty();
        (await StateAsync(database)).Should().BeEquivalentTo(before, "nothing is written where nothing can be read");
    }

    [Fact]
    public async Task A_key_that_calls_itself_by_the_right_id_is_found_out()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using (var first = Start(database.Url, ("GATEWAY_MASTER_KEY", masterKey)))
            await first.ListeningAsync();
        await database.ExecuteAsync("UPDATE master_keys SET check_value = repeat('0', 64)");

        var second = Start(database.Url, ("GATEWAY_MASTER_KEY", masterKey));

        (await second.EndedAsync()).Should().Be(1);
        second.Errors.Should().ContainSingle().Which.Should().StartWith($"The master key {Id(masterKey)} is not the one that the database knows");
    }

    [Fact]
    public async Task Credentials_of_a_time_before_keys_were_registered_are_not_given_up_to_another_key()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await using (var first = Start(database.Url, ("GATEWAY_MASTER_KEY", masterKey)))
        {
            await first.ListeningAsync();
            await database.ServeAsync(upstream);
            await Eventually.IsTrueAsync(
                async () => (await database.ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).StartsWith("enc:", StringComparison.Ordinal), "sealed");
        }

        await database.ExecuteAsync("DELETE FROM master_keys");
        var stranger = Start(database.Url);
        (await stranger.EndedAsync()).Should().Be(1);
        stranger.Errors.Should().ContainSingle().Which.Should().Contain($"master key {Id(masterKey)}");
        (await database.RowsAsync("SELECT id FROM master_keys")).Should().BeEmpty();

        await using var right = Start(database.Url, ("GATEWAY_MASTER_KEY", $"{masterKey} {TestSettings.MasterKey}"));
        await right.ListeningAsync();
        (await database.RowsAsync("SELECT id FROM master_keys ORDER BY version")).Select(row => (string)row[0]!)
            .Should().Equal([Id(TestSettings.MasterKey), Id(masterKey)], "the first of several is the active one, and the others are older");
    }

    [Fact]
    public async Task The_credential_of_the_service_manager_is_the_key()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        var credentials = Directory.CreateDirectory(Path.Combine(Folder, "credentials")).FullName;
        await File.WriteAllTextAsync(Path.Combine(credentials, "master.key"), masterKey + "\n", Stop);
        await using var running = Start(("DATABASE_URL", database.Url.Reveal()), DataFolder("data"), ("CREDENTIALS_DIRECTORY", credentials));

        await running.ListeningAsync();

        (await database.ScalarAsync<string>("SELECT id FROM master_keys")).Should().Be(Id(masterKey));
        File.Exists(Path.Combine(Folder, "data", "master.key")).Should().BeFalse();
    }

    private static async Task<IReadOnlyList<object?[]>> StateAsync(TestDatabase database) => await database.RowsAsync(
        """
        SELECT (SELECT json_agg(p ORDER BY id)::text FROM providers p), (SELECT json_agg(k ORDER BY id)::text FROM master_keys k),
               (SELECT count(*) FROM audit_log), (SELECT version FROM config_version)
        """);

    private static string Id(string key) => MasterKey.TryParse(key, out var parsed) ? parsed.Id : throw new ArgumentException("no key");

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
