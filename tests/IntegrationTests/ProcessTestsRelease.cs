using System.Globalization;
using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A release from its tarball to its service, as far as it can be gone without a systemd that runs.</summary>
public partial class ProcessTestsRelease(GatewayFixture gateway) : ProcessTest
{
    private const string Units = "etc/systemd/system";
    private static readonly string Deploy = Path.Combine(Repository.Root, "build", "deploy");

    /// <summary>Systemd's exposure, in tenths of the points that <c>systemd-analyze security</c> gives, from 0 to 100.</summary>
    private const string MostExposure = "16";

    [Fact]
    public async Task A_release_is_installed_from_its_tarball_and_serves_an_ordinary_account_without_dotnet()
    {
        var tarball = Directory.EnumerateFiles(Path.Combine(Repository.Root, "artifacts", "release"), "cleangateway-*-linux-x64.tar.gz").SingleOrDefault();
        Assert.SkipWhen(tarball is null, "there is no release: build/release.sh makes one");
        await using var database = await TestDatabase.CreateAsync(gateway);
        File.CreateSymbolicLink(Path.Combine(Folder, Path.GetFileName(tarball)), tarball);
        File.Copy(Path.Combine(Path.GetDirectoryName(tarball)!, "SHA256SUMS"), Path.Combine(Folder, "SHA256SUMS"));

        var installed = await BashAsync(Block("tar -xzf"), Folder);
        installed.ExitCode.Should().Be(0, installed.Errors);
        var staged = Path.Combine(Directory.EnumerateDirectories(Folder).Single(), "staged");
        var program = Path.Combine(staged, "opt", "cleangateway", "current", "bin", "cleangateway");
        var credentials = Path.Combine(Folder, "credentials");
        Directory.CreateDirectory(credentials);
        File.Copy(Path.Combine(staged, "etc", "cleangateway", "master.key"), Path.Combine(credentials, "master.key"));
        File.Copy(Path.Combine(staged, "etc", "cleangateway", "config.yaml"), Path.Combine(credentials, "config.yaml"));
        await File.WriteAllTextAsync(Path.Combine(credentials, "database.url"), database.Url.Reveal(), Stop);
        Directory.CreateDirectory(Path.Combine(Folder, "state"));
        var (account, arguments) = await OrdinaryAccountAsync(credentials, Path.Combine(Folder, "state"));

        var process = GatewayProcess.StartProgram(
            account, Folder, [.. arguments, program, "serve", "--config", Path.Combine(credentials, "config.yaml")],
            ("DOTNET_ROOT", "/nonexistent"), ("CREDENTIALS_DIRECTORY", credentials), ("DATA_DIR", Path.Combine(Folder, "state")), ("ADMIN_HTTP_PORT", "0"),
            ("SHUTDOWN_DELAY", "0s"), ("DOTNET_EnableDiagnostics", "0"));
        await using (process)
        {
            var url = await process.ListeningAsync();
            var key = await File.ReadAllTextAsync(Path.Combine(Folder, "state", "demo.key"), Stop);
            using var answer = await ChatAsync(url, key.Trim());

            (await SaidAsync(answer)).Should().Be("Say hello!");
            var runtime = File.ReadLines($"/proc/{process.Id}/maps").Where(line => line.Contains("libcoreclr.so", StringComparison.Ordinal)).ToList();
            runtime.Should().NotBeEmpty().And.OnlyContain(line => line.Contains($"{staged}/opt/cleangateway/releases/", StringComparison.Ordinal), "the release brings its own");
            if (Environment.IsPrivilegedProcess)
                File.ReadLines($"/proc/{process.Id}/status").Should().Contain("CapBnd:\t0000000000000000").And.NotContain("Uid:\t0\t0\t0\t0");
            (await process.StopAsync()).Should().Be(0);
        }

        var backup = await BashAsync($"DATA_DIR={Folder}/state {staged}/opt/cleangateway/current/build/backup.sh {Folder}/backups --only files", Folder);
        backup.ExitCode.Should().Be(0, backup.Errors);
        Directory.EnumerateFiles(Path.Combine(Folder, "backups"), "demo.key", SearchOption.AllDirectories).Should().ContainSingle();
        var version = await ExternalProgram.RunAsync(Path.Combine(staged, "opt/cleangateway/current/build/cleangateway"), ["--version"], Folder, [], Stop);
        (version.ExitCode, version.Errors).Should().Be((0, ""));
        File.ReadLines(Path.Combine(staged, "opt", "cleangateway", "current", "PACKAGES.txt")).Select(line => line.Split('\t')).Should().OnlyContain(cells => cells.Length == 3)
            .And.Contain(cells => cells[0] == "Npgsql" && cells[2] == "PostgreSQL");
    }

    [Fact]
    public async Task A_newer_release_keeps_configuration_and_the_one_before_and_taking_it_away_keeps_data()
    {
        var first = await MakeReleaseAsync("first", "1.0.0");
        var second = await MakeReleaseAsync("second", "1.1.0");
        var third = await MakeReleaseAsync("third", "1.2.0");
        var root = Path.Combine(Folder, "root");
        string[] into = ["--root", root, "--prefix", "/srv/gateway"];

        (await InstallAsync(first, into)).Output.Should().Contain("systemctl enable --now cleangateway.service");
        var etc = Path.Combine(root, "etc", "cleangateway");
        var masterKey = await File.ReadAllTextAsync(Path.Combine(etc, "master.key"), Stop);
        await File.WriteAllTextAsync(Path.Combine(etc, "config.yaml"), "LOG_LEVEL: error", Stop);
        var running = Path.Combine(root, "srv", "gateway", "current", "RELEASE");
        (await InstallAsync(second, into)).Output.Should().Contain("Upgraded to release 1.1.0").And.Contain("systemctl restart");
        (await InstallAsync(second, into)).Output.Should().Contain("is installed already");
        (await InstallAsync(third, into)).Output.Should().Contain("Upgraded to release 1.2.0");

        (await File.ReadAllTextAsync(running, Stop)).Should().Be("release 1.2.0\n");
        Directory.EnumerateDirectories(Path.Combine(root, "srv", "gateway", "releases")).Select(Path.GetFileName)
            .Should().HaveCount(2).And.Contain(name => name!.StartsWith("1.1.0-")).And.Contain(name => name!.StartsWith("1.2.0-"));
        (await File.ReadAllTextAsync(Path.Combine(etc, "config.yaml"), Stop)).Should().Be("LOG_LEVEL: error");
        (await File.ReadAllTextAsync(Path.Combine(etc, "master.key"), Stop)).Should().Be(masterKey);
        Convert.FromBase64String(masterKey.Trim()).Should().HaveCount(32);
        Mode(Path.Combine(etc, "master.key")).Should().Be("600");
        Mode(Path.Combine(etc, "database.url")).Should().Be("600");
        Mode(Path.Combine(etc, "config.yaml")).Should().Be("640");
        (await File.ReadAllTextAsync(Path.Combine(root, Units, "cleangateway.service"), Stop)).Should()
            .Contain("ExecStart=/srv/gateway/current/bin/cleangateway serve").And.NotContain("/opt/cleangateway");
        (await File.ReadAllTextAsync(Path.Combine(root, "usr/local/bin/cleangateway"), Stop)).Should().Contain("exec /srv/gateway/current/bin/cleangateway");

        (await InstallAsync(third, [.. into, "--uninstall"])).ExitCode.Should().Be(0);
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file))
            .Should().BeEquivalentTo("etc/cleangateway/config.yaml", "etc/cleangateway/master.key", "etc/cleangateway/database.url");
    }

    [Fact]
    public async Task A_release_installed_again_or_over_one_that_runs_takes_away_nothing_that_is_needed()
    {
        var root = Path.Combine(Folder, "root");
        var releases = Path.Combine(root, "opt", "cleangateway", "releases");
        (await InstallAsync(await MakeReleaseAsync("first", "1.0.0"), "--root", "root")).ExitCode.Should().Be(0);
        Directory.Exists(root).Should().BeTrue("a folder is seen from where the installer was called");
        var program = Path.Combine(Directory.EnumerateDirectories(releases).Single(), "bin", "sleep");
        File.Copy("/bin/sleep", program);
        var second = await MakeReleaseAsync("second", "1.1.0");
        (await InstallAsync(second, "--root", root)).ExitCode.Should().Be(0);
        (await InstallAsync(second, "--root", root)).Output.Should().Contain("is installed already");
        Versions().Should().Equal("1.0.0", "1.1.0");

        using var running = System.Diagnostics.Process.Start(program, "600");
        try
        {
            (await InstallAsync(await MakeReleaseAsync("third", "1.2.0"), "--root", root)).ExitCode.Should().Be(0);
            Versions().Should().Equal("1.0.0", "1.1.0", "1.2.0");
        }
        finally
        {
            running.Kill();
            await running.WaitForExitAsync(CancellationToken.None);
        }

        (await InstallAsync(await MakeReleaseAsync("fourth", "1.3.0"), "--root", root)).ExitCode.Should().Be(0);
        Versions().Should().Equal("1.2.0", "1.3.0");

        IEnumerable<string> Versions() =>
            Directory.EnumerateDirectories(releases).Select(folder => Path.GetFileName(folder).Split('-')[0]).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_release_that_was_changed_and_options_that_are_wrong_are_refused_before_anything_is_made()
    {
        var release = await MakeReleaseAsync("release", "1.0.0");
        var root = Path.Combine(Folder, "root");

        (await InstallAsync(release, "--prefix", "/", "--root", root)).Should().Match<ExternalProgram.Result>(run =>
            run.ExitCode == 1 && run.Errors == "--prefix is '/': expected a folder of its own, from /\n");
        string[][] empty = [["--root", ""], ["--root"], ["--uninstall", "--root", ""]];
        foreach (var arguments in empty)
            (await InstallAsync(release, arguments)).Should().Be(new ExternalProgram.Result(1, "", "--root is empty: expected a folder\n"));
        (await InstallAsync(release, "--prefx", "/x")).Errors.Should().StartWith("--prefx is not known: expected --prefix DIR");
        await File.AppendAllTextAsync(Path.Combine(release, "bin", "cleangateway"), "#", Stop);
        var changed = await InstallAsync(release, "--root", root);

        changed.ExitCode.Should().Be(1);
        changed.Errors.Should().Contain("bin/cleangateway").And.EndWith("Files of this release are not as they were made; unpack it again\n");
        Directory.Exists(root).Should().BeFalse();
    }

    [Fact]
    public async Task Systemd_understands_the_units_and_finds_little_exposed()
    {
        Assert.SkipUnless(ExternalProgram.Exists("systemd-analyze"), "systemd-analyze is not on this machine");
        var root = Path.Combine(Folder, "root");
        (await InstallAsync(await MakeReleaseAsync("release", "1.0.0"), "--root", root)).ExitCode.Should().Be(0);
        var units = Directory.GetFiles(Path.Combine(root, Units));
        units.Should().HaveCount(3);
        foreach (var unit in units)
            await File.WriteAllTextAsync(unit, (await File.ReadAllTextAsync(unit, Stop)).Replace("=/opt/", $"={root}/opt/", StringComparison.Ordinal), Stop);

        var verified = await ExternalProgram.RunAsync("systemd-analyze", ["verify", "--man=no", .. units], Folder, [], Stop);
        verified.Should().Be(new ExternalProgram.Result(0, "", ""));
        foreach (var service in units.Where(unit => unit.EndsWith(".service", StringComparison.Ordinal)))
        {
            var exposed = await ExternalProgram.RunAsync(
                "systemd-analyze", ["security", "--no-pager", "--offline=true", $"--threshold={MostExposure}", service], Folder, [], Stop);
            exposed.ExitCode.Should().Be(0, exposed.Output);
        }
    }

    [Fact]
    public async Task The_unit_allows_its_stop_the_time_that_the_sample_of_settings_takes()
    {
        var unit = await File.ReadAllTextAsync(Path.Combine(Deploy, "cleangateway.service"), Stop);
        var sample = await File.ReadAllTextAsync(Path.Combine(Deploy, "config.yaml"), Stop);
        var compose = await File.ReadAllTextAsync(Path.Combine(Deploy, "container", "compose.yaml"), Stop);
        var needed = Seconds(sample, "SHUTDOWN_DELAY: ") + Seconds(sample, "SHUTDOWN_TIMEOUT: ") + 15;

        Seconds(unit, "TimeoutStopSec=").Should().BeGreaterThan(needed);
        Seconds(compose, "stop_grace_period: ").Should().BeGreaterThan(needed);
        unit.Should().Contain("\nType=notify\n").And.Contain("\nKillMode=mixed\n");
        unit.Split('\n').Should().NotContain(line => line.StartsWith("MemoryDenyWriteExecute=", StringComparison.Ordinal), "the runtime compiles while it runs");

        static int Seconds(string text, string before) =>
            int.Parse(Regex.Match(text, $"^ *{before}(?<seconds>[0-9]+)s", RegexOptions.Multiline).Groups["seconds"].Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_documented_secrets_of_containers_are_what_compose_and_the_settings_take()
    {
        var folder = Path.Combine(Folder, "build", "deploy", "container");
        Directory.CreateDirectory(folder);

        var run = await BashAsync(Block("secrets/master.key"), Folder);

        run.ExitCode.Should().Be(0, run.Errors);
        var secrets = Directory.EnumerateFiles(Path.Combine(folder, "secrets")).ToDictionary(file => Path.GetFileName(file)!, file => File.ReadAllText(file).Trim());
        SecretFile().Matches(await File.ReadAllTextAsync(Path.Combine(Deploy, "container", "compose.yaml"), Stop)).Select(file => file.Groups["name"].Value)
            .Should().BeEquivalentTo(secrets.Keys);
        Convert.FromBase64String(secrets["master.key"]).Should().HaveCount(32);
        DatabaseUrl.TryParse(secrets["database.url"], out var url).Should().BeTrue();
        (url!.Host, url.Password).Should().Be(("postgres", secrets["postgres.password"]));
    }

    // As root: another user, without any right that root could give, and nothing of the program in its hands.
    private async Task<(string Program, string[] Arguments)> OrdinaryAccountAsync(params string[] owned)
    {
        if (!Environment.IsPrivilegedProcess)
            return ("env", []);

        (await ExternalProgram.RunAsync("chown", ["-R", "nobody", .. owned], Folder, [], Stop)).ExitCode.Should().Be(0);
        return ("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]);
    }

    // A release of a few files, with the real installer, units and settings.
    private async Task<string> MakeReleaseAsync(string name, string version)
    {
        var release = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.Combine(release, "bin"));
        Directory.CreateDirectory(Path.Combine(release, "build", "deploy"));
        await File.WriteAllTextAsync(Path.Combine(release, "bin", "cleangateway"), "#!/bin/sh\n", Stop);
        File.SetUnixFileMode(Path.Combine(release, "bin", "cleangateway"), (UnixFileMode)Convert.ToInt32("755", 8));
        await File.WriteAllTextAsync(Path.Combine(release, "VERSION"), $"{version}\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(release, "RELEASE"), $"release {version}\n", Stop);
        foreach (var file in Directory.GetFiles(Deploy).Where(file => Path.GetFileName(file) != "install.sh"))
            File.Copy(file, Path.Combine(release, "build", "deploy", Path.GetFileName(file)));
        File.Copy(Path.Combine(Deploy, "install.sh"), Path.Combine(release, "install.sh"));
        (await BashAsync("find . -type f ! -name SHA256SUMS -exec sha256sum {} + >../sums && mv ../sums SHA256SUMS", release)).ExitCode.Should().Be(0);
        return release;
    }

    private Task<ExternalProgram.Result> InstallAsync(string release, params string[] arguments) =>
        ExternalProgram.RunAsync(Path.Combine(release, "install.sh"), arguments, Folder, [], Stop);

    private static Task<ExternalProgram.Result> BashAsync(string script, string folder) =>
        ExternalProgram.RunAsync("bash", ["-euo", "pipefail", "-c", script], folder, [], Stop);

    private static string Block(string about) =>
        PageBlock.Of("docs/installation.md", typeof(ProcessTestsRelease)).Select(block => block.Text).Single(text => text.Contains(about, StringComparison.Ordinal));

    private static string Mode(string file) => Convert.ToString((int)File.GetUnixFileMode(file), 8);

    [GeneratedRegex(@"file: \./secrets/(?<name>[a-z.]+)")]
    private static partial Regex SecretFile();
}
