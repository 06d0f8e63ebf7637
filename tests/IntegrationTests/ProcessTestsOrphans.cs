using System.Diagnostics;
using System.Globalization;
using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The private PostgreSQL when gateways or it do not end as they should.</summary>
[Collection(PrivateGatewayCollection.Name)]
public class ProcessTestsOrphans(PrivateGateway installed) : ProcessTest
{
    [Fact]
    public async Task The_server_of_a_killed_gateway_is_taken_over_with_every_row()
    {
        string id;
        await using (var killed = installed.Start())
        {
            using var answer = await ChatAsync(await killed.ListeningAsync(), installed.DemoKey);
            id = RequestId(answer);
            await killed.KillAsync();
        }

        var orphan = PrivateGateway.ServerId(installed.DataFolder);
        orphan.Should().NotBeNull("a database does not die with its gateway");
        await using var next = installed.Start();
        var url = await next.ListeningAsync();

        PrivateGateway.ServerId(installed.DataFolder).Should().Be(orphan);
        next.Output.Should().ContainSingle(
            line => line.StartsWith("Taking over the private PostgreSQL that an earlier gateway left running", StringComparison.Ordinal));
        await ShouldHaveInTheBooksAsync(id);
        await ShouldAnswerAsync(url);
        (await next.StopAsync()).Should().Be(0);
        PrivateGateway.ServerId(installed.DataFolder).Should().BeNull("the one taken over is stopped like an own one");
    }

    [Fact]
    public async Task Everything_killed_at_once_comes_back_with_every_row()
    {
        string id;
        await using (var killed = installed.Start())
        {
            using var answer = await ChatAsync(await killed.ListeningAsync(), installed.DemoKey);
            id = RequestId(answer);
            await killed.KillAsync();
            await KillServerAsync();
        }

        await using var next = installed.Start();
        var url = await next.ListeningAsync();

        next.Output.Should().Contain("Removed the pid file of a PostgreSQL that is no longer running");
        await ShouldHaveInTheBooksAsync(id);
        await ShouldAnswerAsync(url);
    }

    [Fact]
    public async Task A_pid_file_that_names_some_other_program_does_not_keep_the_database_from_starting()
    {
        // After a reboot the number in the file is soon another program's: here, that of these tests.
        var pidFile = Path.Combine(PrivateGateway.Home(installed.DataFolder), "cluster", "postmaster.pid");
        string[] lines = [Environment.ProcessId.ToString(CultureInfo.InvariantCulture), Path.GetDirectoryName(pidFile)!, "1763683200", "5432", "", "127.0.0.1"];
        await File.WriteAllLinesAsync(pidFile, lines, Stop);

        await using var next = installed.Start();

        await ShouldAnswerAsync(await next.ListeningAsync());
        PrivateGateway.ServerId(installed.DataFolder).Should().NotBe(Environment.ProcessId);
    }

    [Fact]
    public async Task A_second_gateway_in_the_same_folder_is_turned_away_and_the_first_goes_on()
    {
        await using var first = installed.Start();
        var url = await first.ListeningAsync();

        await using var second = installed.Start();

        (await second.EndedAsync()).Should().Be(1);
        second.Output.Should().BeEmpty();
        second.Errors.Should().Equal($"DATA_DIR {installed.DataFolder} is in use by another gateway: stop it, or give this one a folder of its own");
        await ShouldAnswerAsync(url);
        (await first.StopAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_server_that_dies_under_its_gateway_is_started_again()
    {
        await using var running = installed.Start();
        var url = await running.ListeningAsync();
        await ShouldAnswerAsync(url);

        await KillServerAsync();

        await Eventually.IsTrueAsync(() => running.Output.Any(line => line.Contains("is running again", StringComparison.Ordinal)), "the server is back");
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var answer = await ChatAsync(url, installed.DemoKey);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "calls are answered again");
        (await running.StopAsync()).Should().Be(0);
    }

    private async Task ShouldAnswerAsync(Uri url)
    {
        using var answer = await ChatAsync(url, installed.DemoKey);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private async Task ShouldHaveInTheBooksAsync(string requestId)
    {
        await using var database = await installed.OpenDatabaseAsync();
        await database.LoggedAsync(Stop, requestId);
        (await database.RowsAsync(
            "SELECT q.status_code, r.outcome FROM requests q JOIN responses r ON r.request_id_fk = q.id WHERE q.request_id = $1", Stop, requestId))
            .Should().ContainSingle().Which.Should().Equal(200, "ok");
    }

    // With all its children, as a power failure would.
    private async Task KillServerAsync()
    {
        var id = PrivateGateway.ServerId(installed.DataFolder)!.Value;
        using var server = Process.GetProcessById(id);
        server.Kill(entireProcessTree: true);
        await Eventually.IsTrueAsync(() => PrivateGateway.ServerId(installed.DataFolder) != id, "the server is gone");
    }
}
