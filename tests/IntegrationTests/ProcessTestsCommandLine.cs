using System.Net;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What operators type: the commands beside <c>serve</c>, their exit codes and what they print.</summary>
public class ProcessTestsCommandLine(GatewayFixture gateway) : ProcessTest
{
    [Theory]
    [InlineData("--help", 0, "serve|db|keys|tokens|projects|usage|models|import-litellm|config")]
    [InlineData("import-litellm --help", 0, "file|--dry-run|--update|--json")]
    [InlineData("import-litellm", 1, "file")]
    [InlineData("config check --help", 0, "--json")]
    [InlineData("db --help", 0, "migrate|validate|url|psql")]
    [InlineData("keys issue --help", 0, "--model|--expires|--project|--rate-limit|--soft-budget")]
    [InlineData("keys --help", 0, "list|issue|show|change|rotate|delete")]
    [InlineData("keys rotate --help", 0, "--grace-period-seconds|--json")]
    [InlineData("tokens --help", 0, "list|issue|revoke")]
    [InlineData("tokens issue ops", 1, "--role")]
    [InlineData("tokens issue ops --role root", 1, "--role is 'root': expected one of viewer, key-manager, admin, owner")]
    [InlineData("projects create --help", 0, "--rate-limit|--tokens-per-minute|--max-concurrent|--daily-budget|--monthly-budget|--total-budget")]
    [InlineData("usage --help", 0, "--group-by|--from|--to|--csv|--json")]
    [InlineData("models import --help", 0, "file-or-url|--dry-run")]
    [InlineData("models import", 1, "file-or-url")]
    [InlineData("--version", 0, "0.1.0")]
    [InlineData("frobnicate", 1, "Unrecognized command or argument 'frobnicate'.")]
    [InlineData("db frobnicate", 1, "'frobnicate'")]
    [InlineData("db", 1, "Required command was not provided.")]
    [InlineData("serve --port 80", 1, "'--port'")]
    [InlineData("keys issue", 1, "name")]
    [InlineData("keys issue me --rate-limit 1.5", 1, "--rate-limit is '1.5': expected a whole number")]
    [InlineData("projects create team --daily-budget 12,5", 1, "--daily-budget is '12,5': expected an amount of US dollars like 12.50")]
    [InlineData("projects create team --max-concurrent 99999999999", 1, "--max-concurrent is '99999999999': expected a whole number")]
    [InlineData("usage --csv --json", 1, "--csv and --json exclude each other")]
    public async Task A_command_line_is_understood_or_refused(string commandLine, int exitCode, string said)
    {
        var run = await RunToEndAsync(commandLine);

        run.ExitCode.Should().Be(exitCode);
        string.Join('\n', exitCode == 0 ? run.Output : run.Errors.Concat(run.Output)).Should().ContainAll(said.Split('|'));
        Directory.EnumerateFileSystemEntries(Folder).Should().BeEmpty();
    }

    [Fact]
    public async Task A_database_is_made_migrated_and_found_to_be_as_it_should_and_each_difference_is_named()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await gateway.Database.ExecuteAsync($"DROP DATABASE {database.Name}", Stop);
        var environment = ("DATABASE_URL", database.Url.Reveal());

        var start = await RunToEndAsync("serve", environment);
        start.ExitCode.Should().Be(1);
        start.Errors.Should().ContainSingle().Which.Should().Contain("`cleangateway db migrate` creates it");

        ShouldSay(await RunToEndAsync("db migrate", environment), 0, $"{database.Url}: {Migrator.Known.Count} migrations applied");
        ShouldSay(await RunToEndAsync("db migrate", environment), 0, $"{database.Url} is up to date");
        ShouldSay(await RunToEndAsync("db validate", environment), 0, $"{database.Url} has the schema of this version");

        await database.ExecuteAsync(
            """
            ALTER TABLE models DROP COLUMN mode;
            ALTER TABLE providers ADD COLUMN note text;
            ALTER TABLE api_keys ALTER COLUMN name DROP NOT NULL;
            DROP TABLE monthly_usage_summary;
            CREATE TABLE an_operators_own (id int);
            """);
        var partitions = await RunToEndAsync("db partitions", environment);
        (partitions.ExitCode, partitions.Errors.Count).Should().Be((0, 0));
        partitions.Output.Should().Contain(line => line.StartsWith("requests_default", StringComparison.Ordinal) && line.Contains(" 0 rows", StringComparison.Ordinal))
            .And.HaveCount(3 + (2 * (Partitions.DaysAhead + 1)) + 2, "each table has a default one, and those ahead");

        var differences = await RunToEndAsync("db validate", environment);
        differences.ExitCode.Should().Be(1);
        differences.Output.Should().HaveCount(5).And.EndWith("4 differences");
        differences.Output.Should().ContainSingle(line => line.Contains("models.mode", StringComparison.Ordinal))
            .And.ContainSingle(line => line.Contains("providers.note", StringComparison.Ordinal))
            .And.ContainSingle(line => line.Contains("api_keys.name", StringComparison.Ordinal))
            .And.ContainSingle(line => line.Contains("monthly_usage_summary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_without_the_schema_lacks_every_table()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);

        var run = await RunToEndAsync("db validate", ("DATABASE_URL", database.Url.Reveal()));

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain(["table requests is missing", "table responses is missing", "table providers is missing"]);
    }

    [Theory]
    [InlineData("db migrate")]
    [InlineData("db validate")]
    [InlineData("keys issue me")]
    [InlineData("projects list")]
    [InlineData("usage")]
    public async Task A_database_that_refuses_is_told_without_the_password(string commandLine)
    {
        var run = await RunToEndAsync(commandLine, ("DATABASE_URL", TestDatabase.At(gateway.DatabaseUrl, password: "wrong-hunter2").Reveal()));

        run.ExitCode.Should().Be(1);
        run.Output.Should().BeEmpty();
        run.Errors.Should().ContainSingle().Which.Should().Contain("password authentication failed").And.NotContain("hunter2");
    }

    [Fact]
    public async Task The_URL_of_the_database_in_use_is_printed_whole_and_psql_is_opened_on_it()
    {
        var environment = ("DATABASE_URL", gateway.DatabaseUrl.Reveal());

        ShouldSay(await RunToEndAsync("db url", environment), 0, gateway.DatabaseUrl.Reveal());
        var psql = Run(["db", "psql", "--", "-A", "-t", "-c", "SELECT current_database(), 1"], environment);
        (await psql.EndedAsync()).Should().Be(0);
        psql.Output.Should().Equal($"{gateway.DatabaseUrl.Database}|1");
        var failing = Run(["db", "psql", "--", "-v", "ON_ERROR_STOP=1", "-c", "SELECT nothing"], environment);
        (await failing.EndedAsync()).Should().Be(1, "that is psql's own exit code");
        (await Run(["db", "psql", "--", "-f", "gone.sql", "-v", "ON_ERROR_STOP=1"], environment).EndedAsync()).Should().NotBe(0);
    }

    [Fact]
    public async Task A_key_for_a_database_elsewhere_is_all_that_is_printed_and_nothing_is_left_here()
    {
        var run = await RunToEndAsync("keys issue me", ("DATABASE_URL", gateway.DatabaseUrl.Reveal()), ("LOG_LEVEL", "trace"));

        run.ExitCode.Should().Be(0, string.Join('\n', run.Errors));
        using var answer = await ChatAsync(gateway.Url, run.Output.Should().ContainSingle().Which);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        Directory.EnumerateFileSystemEntries(Folder).Should().BeEmpty();
    }

    [Fact]
    public async Task Where_no_private_database_runs_there_is_no_URL_to_print()
    {
        var run = await RunToEndAsync("db url");

        run.ExitCode.Should().Be(1);
        run.Errors.Should().ContainSingle().Which.Should().Contain("is not running: start the gateway, or set DATABASE_URL");
    }

    private static void ShouldSay((int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors) run, int exitCode, string line)
    {
        run.ExitCode.Should().Be(exitCode, string.Join('\n', run.Errors));
        run.Output.Should().Equal(line);
        run.Errors.Should().BeEmpty();
    }
}
