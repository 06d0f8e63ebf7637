using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The shell scripts of the checkout.</summary>
public class ProcessTestsScripts : ProcessTest
{
    public static TheoryData<string> Scripts =>
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "build")).Concat(Directory.GetFiles(Path.Combine(Repository.Root, ".ci")))
            .Where(file => file.EndsWith(".sh", StringComparison.Ordinal)
                || File.ReadLines(file).FirstOrDefault()?.StartsWith("#!", StringComparison.Ordinal) == true)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_script_is_one_that_bash_can_read(string script)
    {
        var run = await ExternalProgram.RunAsync("bash", ["-n", Path.Combine(Repository.Root, script)], Folder, [], Stop);

        run.Should().Be(new ExternalProgram.Result(0, "", ""));
    }

    [Fact]
    public void Every_script_that_people_start_can_be_started()
    {
        Scripts.Select(row => row.Data).Should().Contain(["build/run.sh", "build/test.sh", "build/cleangateway", ".ci/run"]);
        foreach (var script in Scripts.Select(row => row.Data).Where(script => script != "build/lib.sh"))
            File.GetUnixFileMode(Path.Combine(Repository.Root, script)).Should().HaveFlag(UnixFileMode.UserExecute, "{0} is a command", script);
    }

    /// <summary>Beside a program that only tells what it is given, so that nothing has to be built.</summary>
    [Theory]
    [InlineData("build/cleangateway", "db|psql|--|-c|SELECT 'a b'", "db|psql|--|-c|SELECT 'a b'", 7)]
    [InlineData("build/cleangateway", "", "", 0)]
    public async Task Arguments_and_exit_codes_pass_through_as_they_are(string script, string arguments, string expected, int exitCode)
    {
        foreach (var file in new[] { "build/cleangateway", "build/lib.sh" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, file))!);
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(Folder, file));
        }

        var program = Path.Combine(Folder, "artifacts", "run", "cleangateway");
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nfor argument; do printf '%s\\n' \"$argument\"; done\nexit {exitCode}\n", Stop);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var run = await ExternalProgram.RunAsync(
            Path.Combine(Folder, script), arguments.Split('|', StringSplitOptions.RemoveEmptyEntries), Path.GetTempPath(), [], Stop);

        run.ExitCode.Should().Be(exitCode, run.Errors);
        run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries));
        run.Errors.Should().BeEmpty();
    }
}
