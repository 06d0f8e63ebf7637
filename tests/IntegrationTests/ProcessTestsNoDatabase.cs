using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Machines on which a private PostgreSQL cannot be had, or not where it should be.</summary>
public class ProcessTestsNoDatabase : ProcessTest
{
    [Fact]
    public async Task Without_PostgreSQLs_programs_one_line_says_what_to_install()
    {
        var gateway = Start(("POSTGRES_BIN", Folder));

        (await gateway.EndedAsync()).Should().Be(1);
        gateway.Errors.Should().ContainSingle().Which.Should().StartWith("Failed to initialize database: PostgreSQL 15 or newer was not found")
            .And.Contain($"POSTGRES_BIN {Folder}").And.Contain("apt-get install postgresql").And.Contain("DATABASE_URL");
        gateway.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task A_machine_that_lacks_more_than_PostgreSQL_is_told_so_in_a_line_as_well()
    {
        var gateway = Start(("PATH", Folder), ("POSTGRES_BIN", Folder));

        (await gateway.EndedAsync()).Should().Be(1);
        gateway.Errors.Should().ContainSingle().Which.Should().StartWith("Failed to initialize database: The program ").And.Contain("cannot be run");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named_with_the_reason()
    {
        var file = Path.Combine(Folder, "file");
        await File.WriteAllTextAsync(file, "", Stop);

        var gateway = Start(("DATA_DIR", Path.Combine(file, "data")));

        (await gateway.EndedAsync()).Should().Be(1);
        gateway.Errors.Should().ContainSingle().Which.Should().StartWith($"DATA_DIR {file}/data cannot be made: ");
    }

    [Fact]
    public async Task For_root_in_a_folder_of_its_own_the_database_goes_where_system_services_keep_their_state()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root's PostgreSQL runs as another user");
        var data = Path.Combine(Folder, "data");
        Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            var gateway = Start();
            await gateway.ListeningAsync();
            var home = PrivateGateway.Home(data);

            home.Should().StartWith("/var/lib/cleangateway/");
            gateway.Output.Where(line => line.Contains("cannot reach", StringComparison.Ordinal)).Should().ContainSingle().Which
                .Should().Contain(data).And.EndWith($"the database goes to {home}");
            File.GetUnixFileMode(home).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.GetUnixFileMode(data).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, "what is the owner's stays so");
            (await gateway.StopAsync()).Should().Be(0);

            var again = Start();
            using var answer = await ChatAsync(await again.ListeningAsync(), (await File.ReadAllTextAsync(Path.Combine(data, "demo.key"), Stop)).Trim());
            answer.StatusCode.Should().Be(HttpStatusCode.OK, "it is found there again");
            again.Output.Should().NotContain(line => line.Contains("cannot reach", StringComparison.Ordinal));
            (await again.StopAsync()).Should().Be(0);
        }
        finally
        {
            await PrivateGateway.StopServerAsync(data);
            if (PrivateGateway.Home(data) is var home && home.StartsWith("/var/lib/cleangateway/", StringComparison.Ordinal) && Directory.Exists(home))
                Directory.Delete(home, recursive: true);
        }
    }
}
