using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The program with its settings in a <c>config.yaml</c>, and what it tells a service manager.</summary>
public class ProcessTestsConfigFile(GatewayFixture gateway) : ProcessTest
{
    [Fact]
    public async Task It_serves_by_a_file_whose_secrets_are_elsewhere_and_tells_systemd_when()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await File.WriteAllTextAsync(Path.Combine(Folder, "database.url"), $"{database.Url.Reveal()}\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(Folder, "master.key"), TestSettings.MasterKey, Stop);
        await WriteAsync("settings.yaml", "DATABASE_URL: ${file:database.url}", "DATA_DIR: ${WHERE}/state", "SHUTDOWN_DELAY: 0s", "SHUTDOWN_TIMEOUT: 7s");
        using var manager = new NotifySocket(Path.Combine(Folder, "notify"));

        var process = Run(
            ["serve", "--config", "settings.yaml"], ("CREDENTIALS_DIRECTORY", Folder), ("WHERE", Folder), ("NOTIFY_SOCKET", manager.Path));
        var url = await process.ListeningAsync();
        (await manager.NextAsync(Stop)).Should().Be("READY=1");
        var health = await RunToEndAsync($"health --url {url}");
        (await process.StopAsync()).Should().Be(0);

        health.ExitCode.Should().Be(0);
        JsonDocument.Parse(string.Join('\n', health.Output)).RootElement.GetProperty("status").GetString().Should().Be("ready");
        (await manager.NextAsync(Stop)).Should().Be("STOPPING=1\nEXTEND_TIMEOUT_USEC=82000000", "7 s for calls, 15 s of last words, 60 s for a database");
        File.Exists(Path.Combine(Folder, "state", "demo.key")).Should().BeTrue();
        File.Exists(Path.Combine(Folder, "state", "master.key")).Should().BeFalse("systemd gave one");

        var gone = await RunToEndAsync($"health --url {url}");
        gone.ExitCode.Should().Be(1);
        gone.Errors.Should().ContainSingle().Which.Should().StartWith($"{url}health/ready does not answer: ");
    }

    [Fact]
    public async Task What_is_wrong_in_it_is_told_with_its_line_by_the_start_and_by_a_check()
    {
        await WriteAsync("config.yaml", "GATEWAY_HTTP_PROT: 1", "REDIS_DB: x", "REDIS_PASSWORD: ${NOT_THERE}", "LOG_LEVEL: {a: b}");

        var start = await RunToEndAsync("serve");
        var check = await RunToEndAsync("config check --json");

        (start.ExitCode, check.ExitCode).Should().Be((1, 1));
        start.Errors.Should().BeEquivalentTo(
            "GATEWAY_HTTP_PROT in config.yaml is not a known setting; did you mean GATEWAY_HTTP_PORT? (config.yaml, line 1)",
            "REDIS_DB is 'x': expected a number from 0 to 1023 (config.yaml, line 2)",
            "REDIS_PASSWORD refers to ${NOT_THERE}, which is not set in the environment (config.yaml, line 3)",
            "LOG_LEVEL is a mapping: expected one value, or a list of values (config.yaml, line 4)");
        JsonDocument.Parse(string.Join('\n', check.Output)).RootElement.EnumerateArray()
            .Where(finding => finding.GetProperty("severity").GetString() == "error").Select(finding => finding.GetProperty("where").GetString())
            .Should().BeEquivalentTo("config.yaml, line 1", "config.yaml, line 2", "config.yaml, line 3", "config.yaml, line 4");
        Directory.EnumerateFileSystemEntries(Folder).Should().ContainSingle("nothing is made");
    }

    [Fact]
    public async Task Settings_are_listed_with_where_they_come_from_and_without_secrets()
    {
        await WriteAsync("config.yaml", "REDIS_DB: 3", "REDIS_PASSWORD: hunter2", "LOG_LEVEL: none");
        await WriteAsync(".env", "LOG_LEVEL=error", "OPENAI_API_KEY=hunter2");

        var run = await RunToEndAsync("config settings --json", ("DATABASE_URL", "postgres://u:hunter2@db/d"));

        run.ExitCode.Should().Be(0, string.Join('\n', run.Errors));
        string.Join('\n', run.Output).Should().NotContain("hunter2");
        var settings = JsonDocument.Parse(string.Join('\n', run.Output)).RootElement.EnumerateArray()
            .ToDictionary(setting => setting.GetProperty("name").GetString()!, setting => $"{setting.GetProperty("value")} {setting.GetProperty("origin")}");
        (settings["REDIS_DB"], settings["REDIS_PASSWORD"], settings["LOG_LEVEL"]).Should().Be(("3 config", "*** config", "error env_file"));
        (settings["OPENAI_API_KEY"], settings["DATABASE_URL"], settings["DATA_DIR"]).Should().Be(("*** env_file", "*** environment", "./data default"));
        settings["GATEWAY_HTTP_PORT"].Should().Be("0 environment");
    }

    [Theory]
    [InlineData("serve --config none.yaml", "none.yaml was not found, which --config or CLEANGATEWAY_CONFIG names")]
    [InlineData("db url --config none.yaml", "none.yaml was not found")]
    [InlineData("health", "GATEWAY_HTTP_PORT is 0, so nobody knows where the gateway is: give --url http://host:port")]
    [InlineData("health --url here", "--url is 'here': expected an http or https URL")]
    [InlineData("config settings --json --markdown", "--json and --markdown exclude each other")]
    public async Task A_command_line_that_cannot_be_is_refused(string commandLine, string message)
    {
        var run = await RunToEndAsync(commandLine);

        run.ExitCode.Should().Be(1);
        string.Join('\n', run.Errors).Should().Contain(message);
        Directory.EnumerateFileSystemEntries(Folder).Should().BeEmpty();
    }

    [Fact]
    public async Task The_documented_file_means_what_the_document_says()
    {
        var secret = Path.Combine(Folder, "redis");
        await File.WriteAllTextAsync(secret, "from-a-file\n", Stop);
        var yaml = PageBlock.Of("docs/configuration.md", typeof(ProcessTestsConfigFile)).Single().Text;
        await File.WriteAllTextAsync(Path.Combine(Folder, "config.yaml"), yaml.Replace("/run/secrets/redis", secret, StringComparison.Ordinal), Stop);

        var (settings, problems) = GatewaySettings.Read(SettingsSources.Find(new Dictionary<string, string> { ["DB_PASSWORD"] = "from-a-variable" }, Folder));

        problems.Should().BeEmpty();
        (settings!.HttpPort, settings.RedisPassword, settings.Database!.Password).Should().Be((8080, "from-a-file", "from-a-variable"));
        settings.TrustedProxies.Should().HaveCount(2);
    }

    [Fact]
    public async Task The_documents_table_is_what_the_script_makes_of_it()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "configuration.md"), Stop);
        foreach (var file in new[] { "build/generate-docs.sh", "build/lib.sh" })
        {
            Directory.CreateDirectory(Path.Combine(Folder, "build"));
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(Folder, file));
        }

        var rows = page.Split('\n').Where(line => !line.StartsWith("| `GATEWAY_", StringComparison.Ordinal));
        Directory.CreateDirectory(Path.Combine(Folder, "docs"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "docs", "configuration.md"), string.Join('\n', rows), Stop);

        var run = await ExternalProgram.RunAsync(
            Path.Combine(Folder, "build", "generate-docs.sh"), [], Folder, [("CLEANGATEWAY_PROGRAM", GatewayProcess.Program), GatewayProcess.DotNetRoot], Stop);

        run.ExitCode.Should().Be(0, run.Errors);
        (await File.ReadAllTextAsync(Path.Combine(Folder, "docs", "configuration.md"), Stop)).Should().Be(page);
    }

    private Task WriteAsync(string name, params string[] lines) => File.WriteAllLinesAsync(Path.Combine(Folder, name), lines, Stop);

    /// <summary>Where systemd listens for what services have to say.</summary>
    private sealed class NotifySocket : IDisposable
    {
        private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        public NotifySocket(string path)
        {
            Path = path;
            socket.Bind(new UnixDomainSocketEndPoint(path));
        }

        public string Path { get; }

        public async Task<string> NextAsync(CancellationToken cancellationToken)
        {
            var message = new byte[4096];
            return Encoding.UTF8.GetString(message, 0, await socket.ReceiveAsync(message, cancellationToken));
        }

        public void Dispose() => socket.Dispose();
    }
}
