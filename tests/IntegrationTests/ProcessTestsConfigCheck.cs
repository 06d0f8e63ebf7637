using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary><c>cleangateway config check</c>, as operators type it.</summary>
public class ProcessTestsConfigCheck(GatewayFixture gateway) : ProcessTest
{
    [Fact]
    public async Task Errors_are_lines_and_an_exit_code()
    {
        var run = await RunToEndAsync("config check", ("GATEWAY_HTTP_PORT", "many"), ("GATEWAY_PORT", "1"));

        run.ExitCode.Should().Be(1);
        run.Output.Should().Equal(
            "error: environment: GATEWAY_HTTP_PORT is 'many': expected a port from 1 to 65535, or 0 for any free one. Correct it: docs/configuration.md lists what each setting takes.",
            "warning: environment: GATEWAY_PORT is not a known setting. Correct the name, or take it away: docs/configuration.md lists those there are.",
            "note: environment: Database and Redis were not looked at. Correct the settings, and check again.",
            "1 errors, 1 warnings, 1 notes");
        Directory.EnumerateFileSystemEntries(Folder).Should().BeEmpty();
    }

    [Fact]
    public async Task Beside_a_running_gateway_it_finds_its_private_database_and_changes_nothing()
    {
        var running = Start(("ADMIN_HTTP_PORT", "0"));
        await running.ListeningAsync();
        var before = Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.TopDirectoryOnly).Order().ToList();

        var run = await RunToEndAsync("config check --json", ("ADMIN_HTTP_PORT", "0"));

        run.ExitCode.Should().Be(0, string.Join('\n', run.Output.Concat(run.Errors)));
        JsonDocument.Parse(string.Join('\n', run.Output)).RootElement.GetArrayLength().Should().Be(0);
        Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.TopDirectoryOnly).Order().Should().Equal(before);
    }

    [Fact]
    public async Task On_a_database_elsewhere_it_leaves_nothing_behind_here()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        (await RunToEndAsync("db migrate", ("DATABASE_URL", database.Url.Reveal()))).ExitCode.Should().Be(0);

        var run = await RunToEndAsync("config check --json", ("DATABASE_URL", database.Url.Reveal()));

        run.ExitCode.Should().Be(0, string.Join('\n', run.Output.Concat(run.Errors)));
        JsonDocument.Parse(string.Join('\n', run.Output)).RootElement.EnumerateArray().Select(finding => finding.GetProperty("severity").GetString())
            .Should().NotContain("error");
        Directory.EnumerateFileSystemEntries(Folder).Should().BeEmpty();
    }
}
