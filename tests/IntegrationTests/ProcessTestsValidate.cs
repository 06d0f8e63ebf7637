using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.Infrastructure.Validation;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// <c>cleangateway validate</c>, <c>make validate</c>, <c>make evidence</c> and <c>make test-live</c>, done as
/// <c>docs/validation.md</c> prints them.
/// </summary>
[Collection(PrivateGatewayCollection.Name)]
public partial class ProcessTestsValidate(PrivateGateway installed, GatewayFixture tests) : ProcessTest
{
    private static readonly string[] Documented =
    [
        "service_status.txt", "gateway_db_connect.log", "chat_call.json", "requests_head.txt", "responses_head.txt",
            "join_check.txt", "test_execution_log.txt",
        "versions.txt", "validation.json", "SHA256SUMS",
    ];

    private static readonly string[] Stamped = ["live_chat_call_{0}.json", "live_requests_{0}.txt", "live_join_check_{0}.txt"];
    private static readonly string[] Five = ["service", "database", "chat_call", "rows", "join"];

    [Fact]
    public async Task What_the_page_prints_validates_the_running_gateway_and_packs_the_evidence()
    {
        Assert.SkipUnless(ExternalProgram.Exists("make"), "there is no make");
        var port = RedisServer.FreePort().ToString(CultureInfo.InvariantCulture);
        await using var running = installed.Start(("GATEWAY_HTTP_PORT", port));
        await running.ListeningAsync();
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "validation.md"), Stop);
        var block = Block().Match(page).Groups["text"].Value;
        block.Should().Be("make validate\nmake evidence\n");
        var evidence = Path.Combine(Folder, "evidence");

        var run = await BashAsync(
            block, ("GATEWAY_HTTP_PORT", port), ("DATA_DIR", installed.DataFolder), ("EVIDENCE_DIR", evidence), ("ARGS", "--overhead-ms 10000"));

        run.ExitCode.Should().Be(0, "{0}\n{1}", run.Output, run.Errors);
        run.Output.Should().MatchRegex("(?s)PASSED: .*PASSED: ")
            .And.Contain("1 service up").And.Contain("5 join proves it     passed").And.Contain("200 calls");
        run.Errors.Should().NotContain("No gateway answers");
        await ShouldBeEvidenceAsync(evidence, installed.AdminToken, installed.DemoKey, installed.ReadSecret("postgres.password"));
        File.ReadAllText(Path.Combine(evidence, "service_status.txt")).Should().Contain($"Pid:\t{running.Id}").And.Contain("HTTP 200\nOK");
    }

    [Fact]
    public async Task The_script_for_other_hosts_wants_to_be_told_where_and_brings_the_same_evidence()
    {
        await using var running = installed.Start();
        var url = await running.ListeningAsync();
        var database = await EmbeddedPostgres.FindRunningAsync(TestSettings.Read(installed.DataFolder), Stop);
        var evidence = Path.Combine(Folder, "live");

        var untold = await BashAsync("./test_live_infrastructure.sh");
        var told = await BashAsync(
            "./test_live_infrastructure.sh --calls 5 --overhead-ms 10000",
                ("BASE_URL", url.ToString()), ("DATABASE_URL", database!.WithoutPassword()),
            ("PGPASSWORD", database.Password!), ("API_KEY", installed.DemoKey),
                ("EVIDENCE_DIR", evidence), ("DATA_DIR", Path.Combine(Folder, "none")));

        untold.ExitCode.Should().Be(2);
        untold.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(" is not set: ")[0])
            .Should().Equal("BASE_URL", "DATABASE_URL", "API_KEY or API_KEY_FILE");
        told.ExitCode.Should().Be(0, "{0}\n{1}", told.Output, told.Errors);
        told.Output.Should().Contain("5 of 5 answered with 200").And.Contain("not known");
        await ShouldBeEvidenceAsync(evidence, installed.DemoKey, database.Password!);
    }

    [Fact]
    public async Task Where_nothing_is_configured_a_gateway_is_started_validated_and_stopped()
    {
        var checkout = FreshCheckout();

        var run = await BashAsync($"'{checkout}/build/validate.sh' --calls 5 --overhead-ms 10000");

        run.ExitCode.Should().Be(0, "{0}\n{1}", run.Output, run.Errors);
        run.Errors.Should().Be(
            "Nothing is configured and no gateway answers: one is started for this validation, with a database of its own\n");
        run.Output.Should()
            .Contain("Against a gateway and a database that were started for this validation, and stopped after it").And.Contain("\nPASSED: ");
        var used = BaseUrl().Match(run.Output).Groups["port"].Value;
        (await BashAsync($"exec 3<>/dev/tcp/127.0.0.1/{used}")).ExitCode.Should().NotBe(0, "it was stopped");
        Directory.GetFileSystemEntries(Path.Combine(checkout, "artifacts")).Should().BeEmpty();
    }

    [Theory]
    [InlineData(".env", "GATEWAY_HTTP_PORT=\"{0}\"\nDATABASE_URL='postgres://nobody@127.0.0.1:1/nowhere'\n")]
    [InlineData("config.yaml", "GATEWAY_HTTP_PORT: {0}\nDATABASE_URL: postgres://nobody@127.0.0.1:1/nowhere\n")]
    public async Task A_configured_gateway_that_is_down_fails_and_no_other_takes_its_place(string file, string settings)
    {
        var (checkout, port) = (FreshCheckout(), RedisServer.FreePort());
        await File.WriteAllTextAsync(Path.Combine(checkout, file), string.Format(CultureInfo.InvariantCulture, settings, port), Stop);

        var run = await BashAsync($"'{checkout}/build/validate.sh' --patience 0.2", ("API_KEY", "sk-of-nobody"));
        var told = await BashAsync(
            $"cd '{checkout}' && . build/lib.sh && setting GATEWAY_HTTP_PORT && setting DATABASE_URL && setting DATA_DIR");

        run.ExitCode.Should().Be(1, "{0}\n{1}", run.Output, run.Errors);
        run.Output.Should().Contain($"http://127.0.0.1:{port}/health: Connection refused").And.Contain("\nFAILED: ");
        run.Errors.Should().BeEmpty();
        told.Output.Should().Be($"{port}\npostgres://nobody@127.0.0.1:1/nowhere\n./data\n", told.Errors);
    }

    [Fact]
    public async Task Files_are_seen_from_where_they_are_named_and_what_cannot_be_tried_ends_with_2()
    {
        var checkout = FreshCheckout();
        await File.WriteAllTextAsync(Path.Combine(Folder, "two.key"), "sk-first-secret\nsk-second-secret\n", Stop);

        var key = await BashAsync($"cd '{Folder}'; '{checkout}/build/validate.sh' --base-url=http://127.0.0.1:1 --api-key-file=two.key");
        var both = await BashAsync($"'{checkout}/build/validate.sh' --throw-away --base-url http://127.0.0.1:1");
        var server = await BashAsync(
            $"cd '{checkout}'; sed -i 's/^need_postgres_server() {{/&\\n  fail \"PostgreSQL was not found\"/' build/lib.sh\n"
            + "build/validate.sh --throw-away");

        (key.ExitCode, both.ExitCode, server.ExitCode).Should().Be((2, 2, 2), "{0}{1}{2}", key.Errors, both.Errors, server.Errors);
        key.Errors.Should().StartWith($"--api-key-file: the file {Folder}/two.key has something else than one key or token").And.NotContain("secret");
        both.Errors.Should().Be("--throw-away starts a gateway of its own: it goes without --base-url\n");
        server.Errors.Should().EndWith("PostgreSQL was not found\n");
    }

    [Fact]
    public async Task A_role_that_may_only_read_is_enough_and_so_is_a_log_without_content_in_Redis()
    {
        Assert.SkipUnless(ExternalProgram.Exists("redis-server"), "there is no redis-server");
        await using var redis = await RedisServer.StartAsync(Folder);
        await using var roles = await RolesDatabase.CreateAsync(tests);
        await roles.RunScriptAsync();
        await using var running = Start(
            roles.App, ("DATABASE_MIGRATION_URL", roles.Owner.Reveal()),
                ("LOG_BUFFER", "redis"), ("REDIS_ADDRESS", redis.Address), ("LOG_CONTENT", "none"));
        var url = await running.ListeningAsync();

        await using var validation = new GatewayValidation(
            new ValidationTarget
            {
                BaseUrl = url, Database = roles.ReadOnly, ApiKey = await SecretAsync("demo.key"), ApiKeyInShell = "$API_KEY",
                    AdminToken = await SecretAsync("admin.token"),
                Model = "echo", Calls = 20, OverheadTargetMs = 10_000, Patience = TimeSpan.FromSeconds(20),
            },
            [], TimeProvider.System);
        await foreach (var check in validation.FiveChecksAsync(Stop))
            check.Verdict.Should().BeOneOf([ValidationVerdict.Passed, ValidationVerdict.Warning], check.Seen);
        await foreach (var check in validation.FiguresAsync(Stop))
            check.Verdict.Should().BeOneOf([ValidationVerdict.Passed, ValidationVerdict.Warning], check.Seen);

        validation.Report.Figures.Should().BeEquivalentTo(new { CallsInLog = 20, Orphans = 0L });
        (await roles.Database.ScalarAsync<long>("SELECT count(*) FROM requests WHERE body IS NULL")).Should().Be(21);

        async Task<string> SecretAsync(string file) => (await File.ReadAllTextAsync(Path.Combine(Folder, "data", file), Stop)).Trim();
    }

    [Fact]
    public async Task A_failure_is_told_with_its_causes_and_the_next_command_and_ends_with_1()
    {
        var port = RedisServer.FreePort();
        (string, string)[] environment =
            [("GATEWAY_HTTP_PORT", $"{port}"), ("DATABASE_URL", tests.DatabaseUrl.Reveal()), ("API_KEY", "sk-of-nobody")];

        var (exitCode, output, errors) = await RunToEndAsync("validate --patience 0.2", environment);

        exitCode.Should().Be(1);
        errors.Should().BeEmpty();
        output[1].Should().MatchRegex($@"^1 service up +failed +\d+ ms  http://127\.0\.0\.1:{port}/health: Connection refused");
        output[2].Should().Be("    likely: The gateway does not run, or ended at its start");
        output.Should().Contain("    next:   cleangateway serve").And.Contain(line => line.StartsWith("2 database connected passed"))
            .And.Contain(line => line.StartsWith("4 rows present       not tried"));
        output[^1].Should().StartWith("FAILED: ").And.Contain("2 failed");
        string.Join('\n', output).Should().NotContain(tests.DatabaseUrl.Password!).And.NotContain("sk-of-nobody");
    }

    [Theory]
    [InlineData("--calls many", "--calls is 'many': expected a whole number from 0 to 100000")]
    [InlineData("--base-url ftp://gateway", "--base-url: expected http://host:port or https://host")]
    [InlineData("--base-url https://gw.example.com", "There is no key to call with: ")]
    [InlineData("--database-url postgres://:secret@h/d", "--database-url is not valid (it names no user): expected postgres://")]
    [InlineData("--api-key sk-mine", "Unrecognized command or argument '--api-key'.")]
    public async Task What_cannot_be_tried_ends_with_2_and_says_why(string options, string told)
    {
        var (exitCode, output, errors) = await RunToEndAsync(
            $"validate {options}", ("GATEWAY_HTTP_PORT", "1"), ("DATABASE_URL", tests.DatabaseUrl.Reveal()));

        exitCode.Should().Be(2);
        errors[0].Should().StartWith(told);
        output.Should().NotContain(line => line.StartsWith('1'), "nothing was tried");
        string.Join('\n', errors).Should().NotContain("secret");
    }

    // What there is of one before anything was run in it.
    private string FreshCheckout()
    {
        var checkout = Path.Combine(Folder, "checkout");
        Directory.CreateDirectory(Path.Combine(checkout, "build"));
        foreach (var script in (string[])["lib.sh", "validate.sh"])
            File.Copy(Path.Combine(Repository.Root, "build", script), Path.Combine(checkout, "build", script));
        return checkout;
    }

    private static async Task ShouldBeEvidenceAsync(string folder, params string[] secrets)
    {
        var packed = Directory.GetFiles(folder, "*.tar.gz").Should().ContainSingle().Which;
        var stamp = Path.GetFileName(packed)["cleangateway-evidence-".Length..^".tar.gz".Length];
        (await File.ReadAllTextAsync($"{packed}.sha256", Stop)).Should()
            .Be($"{Sum(await File.ReadAllBytesAsync(packed, Stop))}  {Path.GetFileName(packed)}\n");

        var files = await UnpackAsync(packed);
        files.Keys.Should().BeEquivalentTo(Documented.Concat(Stamped.Select(name => string.Format(CultureInfo.InvariantCulture, name, stamp))));
        files.Values.Should().OnlyContain(content => content.Length > 10);
        foreach (var (name, content) in files)
        {
            var text = System.Text.Encoding.UTF8.GetString(content);
            text.Should().NotContainAny(secrets, "{0} is for others to read", name);
            if (name != "SHA256SUMS")
                System.Text.Encoding.UTF8.GetString(files["SHA256SUMS"]).Should().Contain($"{Sum(content)}  {name}\n");
        }

        var report = JsonDocument.Parse(files["validation.json"]).RootElement;
        report.GetProperty("passed").GetBoolean().Should().BeTrue();
        report.GetProperty("checks").EnumerateArray().Take(5).Select(check => check.GetProperty("name").GetString()).Should().Equal(Five);
        var id = report.GetProperty("figures").GetProperty("request_id").GetString()!;
        foreach (var name in (string[])["chat_call.json", $"live_requests_{stamp}.txt", $"live_join_check_{stamp}.txt", "test_execution_log.txt"])
            System.Text.Encoding.UTF8.GetString(files[name]).Should().Contain(id, "{0} is of this call", name);

        PsqlTable.Parse(Text("requests_head.txt")).Columns.Should().Equal(PsqlTable.Cells(Printed.TestingGuide000.LatestRequestsHeading));
        PsqlTable.Parse(Text("join_check.txt")).Columns.Should().Equal(PsqlTable.Cells(Printed.TestingGuide000.LatestResponsesHeading));
        PsqlTable.Parse(Text("responses_head.txt")).Rows.Should().HaveCount(3);
        Text("gateway_db_connect.log").Should().Contain("login: SCRAM-SHA-256").And.Contain("server: PostgreSQL ");
        Text("versions.txt").Should().Contain("Npgsql 10").And.Contain("_Initial").And.Contain("psql (PostgreSQL)").And.Contain(".NET 10.");
        JsonDocument.Parse(files["chat_call.json"]).RootElement.GetProperty("status").GetInt32().Should().Be(200);

        string Text(string name) => System.Text.Encoding.UTF8.GetString(files[name]);
    }

    private static async Task<Dictionary<string, byte[]>> UnpackAsync(string packed)
    {
        await using var file = File.OpenRead(packed);
        await using var zip = new GZipStream(file, CompressionMode.Decompress);
        await using var tar = new TarReader(zip);
        var files = new Dictionary<string, byte[]>();
        while (await tar.GetNextEntryAsync(copyData: true, Stop) is { } entry)
        {
            using var content = new MemoryStream();
            await entry.DataStream!.CopyToAsync(content, Stop);
            files[Path.GetFileName(entry.Name)] = content.ToArray();
        }

        return files;
    }

    private static string Sum(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private async Task<ExternalProgram.Result> BashAsync(string script, params (string Name, string Value)[] environment) =>
        await ExternalProgram.RunAsync(
        "bash", ["-c", $"set -e\ncd '{Repository.Root}'\n{script}"], Folder,
        [("CLEANGATEWAY_PROGRAM", GatewayProcess.Program), GatewayProcess.DotNetRoot, .. environment], Stop);

    [GeneratedRegex("<!-- run by: ProcessTestsValidate -->\n```bash\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^cleangateway validate: http://127\.0\.0\.1:(?<port>\d+)/")]
    private static partial Regex BaseUrl();
}
