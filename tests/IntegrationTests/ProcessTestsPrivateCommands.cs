using System.Net;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The command line beside a running gateway with a private database, and without one.</summary>
[Collection(PrivateGatewayCollection.Name)]
public class ProcessTestsPrivateCommands(PrivateGateway installed) : ProcessTest
{
    [Fact]
    public async Task Keys_are_issued_beside_the_running_gateway_and_work_for_what_they_are_for()
    {
        await using var running = installed.Start();
        var url = await running.ListeningAsync();

        var all = await IssueAsync("me");
        var echo = await IssueAsync("me too", "--model", "echo", "--expires", "2999-01-31T00:00:00Z");
        var other = await IssueAsync("another", "--model", "gpt-4", "--model", "my-gpt4");

        new[] { all, echo, other }.Should().OnlyHaveUniqueItems();
        (await StatusAsync(url, all)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(url, echo)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(url, other)).Should().Be(HttpStatusCode.Forbidden);
        await using var database = await installed.OpenDatabaseAsync();
        (await database.RowsAsync(
            "SELECT allowed_models, expires_at FROM api_keys WHERE name = 'another' OR name = 'me too' ORDER BY name", Stop)).Select(row => row[0])
            .Should().BeEquivalentTo(new object[] { new[] { "gpt-4", "my-gpt4" }, new[] { "echo" } }, options => options.WithStrictOrdering());
        (await running.StopAsync()).Should().Be(0);
    }

    [Theory]
    [InlineData("2020-01-31T00:00:00Z", "A key cannot expire in the past")]
    [InlineData("soon", "--expires is 'soon': expected a date and time like 2027-01-31T00:00:00Z")]
    public async Task A_key_that_could_never_work_is_not_made(string expires, string told)
    {
        await using var command = Command("keys", "issue", "past", "--expires", expires);

        (await command.EndedAsync()).Should().Be(1);
        command.Errors.Should().ContainSingle().Which.Should().StartWith(told);
        command.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task The_URL_leads_to_the_private_database_of_the_running_gateway()
    {
        await using var running = installed.Start();
        await running.ListeningAsync();

        await using var command = Command("db", "url");

        (await command.EndedAsync()).Should().Be(0);
        DatabaseUrl.TryParse(command.Output.Should().ContainSingle().Which, out var url).Should().BeTrue();
        url!.Host.Should().Be("127.0.0.1");
        url.Password.Should().Be(installed.ReadSecret("postgres.password"));
        await using var psql = Command("db", "psql", "--", "-A", "-t", "-c", "SHOW listen_addresses", "-c", "SHOW password_encryption");
        (await psql.EndedAsync()).Should().Be(0);
        psql.Output.Should().Equal("127.0.0.1", "scram-sha-256");
    }

    [Fact]
    public async Task Without_a_running_gateway_a_command_starts_the_private_database_and_stops_it_again()
    {
        await using var command = Command("db", "validate");

        (await command.EndedAsync()).Should().Be(0);
        command.Output.Should().ContainSingle().Which.Should().EndWith("has the schema of this version");
        PrivateGateway.ServerId(installed.DataFolder).Should().BeNull();
    }

    private GatewayProcess Command(params string[] arguments) => GatewayProcess.Start(installed.Folder, arguments);

    private async Task<string> IssueAsync(string name, params string[] options)
    {
        await using var command = Command(["keys", "issue", name, .. options]);
        (await command.EndedAsync()).Should().Be(0, string.Join('\n', command.Errors));
        var key = command.Output.Should().ContainSingle().Which;
        key.Should().StartWith("gw_");
        return key;
    }

    private async Task<HttpStatusCode> StatusAsync(Uri url, string key)
    {
        using var answer = await ChatAsync(url, key);
        return answer.StatusCode;
    }
}
