using System.Globalization;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>Tests that run what the source documents print, with the real shell, curl and psql.</summary>
public abstract class DocumentTest(GatewayFixture gateway) : GatewayTest(gateway), IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();

    ValueTask IAsyncDisposable.DisposeAsync()
    {
        folder.Dispose();
        return DisposeAsync();
    }

    /// <summary>Where printed commands run.</summary>
    protected string Folder => folder.Path;

    /// <summary>
    /// Runs a printed command line as it is, but for where the gateway and the database are. What curl saw of the
    /// answer's head is told besides.
    /// </summary>
    private protected async Task<ShellResult> ShellAsync(string printed)
    {
        var head = Path.Combine(Folder, "head");
        File.Delete(head);
        await File.WriteAllTextAsync(Path.Combine(Folder, ".curlrc"), $"dump-header = \"{head}\"\n", Stop);
        var environment = DatabaseVariables.Append(("PATH", await Psql.PathAsync()));
        var run = await ExternalProgram.RunAsync("bash", ["-c", OnThisMachine(printed)], Folder, environment, Stop);
        var headers = File.Exists(head) ? await File.ReadAllLinesAsync(head, Stop) : [];
        return new ShellResult(run.ExitCode, run.Output, run.Errors, headers);
    }

    /// <summary>Runs a printed script of SQL with psql; the first failure is the test's.</summary>
    private protected async Task<PsqlTable> PsqlAsync(string printed)
    {
        var run = await ExternalProgram.RunAsync(
            await Psql.ProgramAsync(), [Gateway.DatabaseUrl.Reveal(), "--no-psqlrc", "-v", "ON_ERROR_STOP=1"], Folder, [], Stop, printed);
        run.ExitCode.Should().Be(0, run.Errors);
        return PsqlTable.Parse(run.Output);
    }

    /// <summary>The guide's rows, with the provider's host being the fake upstream.</summary>
    protected Task InsertTestDataAsync() => PsqlAsync(AtTheFakeUpstream(Printed.Guide001.TestData));

    protected string AtTheFakeUpstream(string sql)
    {
        const string PrintedConfig = """{"base_url": "https://api.openai.com/v1"}""";
        sql.Should().Contain(PrintedConfig);
        return sql.Replace(PrintedConfig, $$"""{"base_url": "{{Upstream.Url}}", "allow_cidrs": ["127.0.0.0/8"]}""", StringComparison.Ordinal);
    }

    /// <summary>Two texts of the same JSON, however they are laid out.</summary>
    protected static void ShouldBeSameJson(string actual, string expected) => Compact(actual).Should().Be(Compact(expected));

    private (string, string)[] DatabaseVariables =>
        [("DATABASE_URL", Gateway.DatabaseUrl.Reveal()), ("PGPASSWORD", Gateway.DatabaseUrl.Password!), ("ADMIN_TOKEN", Gateway.AdminToken)];

    private string OnThisMachine(string printed)
    {
        var database = Gateway.DatabaseUrl;
        var port = database.Port.ToString(CultureInfo.InvariantCulture);
        var address = $"host={database.Host} port={port}";
        return printed
            .Replace("http://localhost:8080", Gateway.Url.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            .Replace("http://localhost:8000", Gateway.Url.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            .Replace("http://192.168.10.18:4000", Gateway.Url.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            .Replace("host=192.168.10.19", address, StringComparison.Ordinal)
            .Replace("dbname=litellm_db", $"dbname={database.Database}", StringComparison.Ordinal)
            .Replace("user=litellm_user", $"user={database.User}", StringComparison.Ordinal);
    }

    private static string Compact(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);
}

/// <param name="Head">The status line and headers that curl got last.</param>
internal sealed record ShellResult(int ExitCode, string Output, string Errors, IReadOnlyList<string> Head)
{
    public string Status => Head[0].Split(' ')[1];

    public string Header(string name) =>
        Head.Skip(1).Select(line => line.Split(": ", 2)).Single(pair => pair[0].Equals(name, StringComparison.OrdinalIgnoreCase))[1];
}

/// <summary>The last table in what psql prints.</summary>
internal sealed record PsqlTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    public static PsqlTable Parse(string output)
    {
        var lines = output.Split('\n');
        var rule = Array.FindLastIndex(lines, line => line.Length > 0 && line.All(letter => letter is '-' or '+'));
        if (rule < 1)
            return new PsqlTable([], []);

        return new PsqlTable(Cells(lines[rule - 1]), [.. lines.Skip(rule + 1).TakeWhile(line => line.Length > 0 && line[0] != '(').Select(Cells)]);
    }

    /// <summary>One column of the first row.</summary>
    public string First(string column) => Rows[0][Columns.ToList().IndexOf(column)];

    public static IReadOnlyList<string> Cells(string line) => [.. line.Split('|').Select(cell => cell.Trim())];
}
