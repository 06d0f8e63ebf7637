using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Telemetry;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using YamlDotNet.RepresentationModel;
using PrometheusText = CleanGateway.IntegrationTests.Fixtures.PrometheusText;

namespace CleanGateway.IntegrationTests;

/// <summary>What is delivered to watch a gateway with: alerts, dashboard and documentation speak of metrics that there are.</summary>
public partial class MonitoringTests(GatewayFixture gateway) : GatewayTest(gateway)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "build", "deploy", "monitoring");

    private const string Thoughtful =
        """
        {"id":"c1","object":"chat.completion","model":"gpt-4","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}],
         "usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,
                  "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}}}
        """;

    // What Prometheus itself says of those it scrapes.
    private static readonly string[] PrometheusOwn = ["up", "ALERTS"];

    [Fact]
    public async Task Metrics_of_a_whole_gateway_are_those_that_are_watched_and_documented()
    {
        var text = await WholeGatewayAsync();
        var live = PrometheusText.Parse(text);
        var samples = live.Samples.Keys.Select(sample => sample.Split('{', ' ')[0]).ToHashSet(StringComparer.Ordinal);

        NamesIn(Alerts().Select(alert => alert.Expression)).Except(PrometheusOwn).Should().BeSubsetOf(samples, "alerts ask for what there is");
        NamesIn(Queries()).Except(PrometheusOwn).Should().BeSubsetOf(samples, "the dashboard shows what there is");

        var documented = Documented();
        Own(live.Types.Keys).Should().BeEquivalentTo(documented.Keys, "docs/metrics.md says what there is");
        foreach (var (name, row) in documented)
        {
            row.Type.Should().Be(live.Types[name], name);
            LabelsOf(live, name).Should().BeEquivalentTo(row.Labels, name);
        }

        if (ExternalProgram.Exists("promtool"))
            await PromtoolShouldAcceptAsync(text, Stop);
    }

    [Fact]
    public async Task Alerts_are_rules_that_Prometheus_takes_and_do_what_their_tests_say()
    {
        var promtool = Promtool();

        string[][] runs = [["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"], ["test", "rules", "rules.test.yaml"]];
        foreach (var arguments in runs)
        {
            var run = await ExternalProgram.RunAsync(promtool, arguments, Folder, [], Stop);
            run.ExitCode.Should().Be(0, run.Output + run.Errors);
        }
    }

    [Fact]
    public async Task The_sample_of_a_scrape_is_a_configuration_that_Prometheus_takes()
    {
        var promtool = Promtool();
        using var copy = new TemporaryFolder();
        foreach (var name in (string[])["prometheus.yaml", "rules.yaml"])
            File.Copy(Path.Combine(Folder, name), Path.Combine(copy.Path, name));
        await File.WriteAllTextAsync(Path.Combine(copy.Path, "cleangateway-admin-token"), "at-secret", Stop);

        var run = await ExternalProgram.RunAsync(promtool, ["check", "config", "prometheus.yaml"], copy.Path, [], Stop);

        run.ExitCode.Should().Be(0, run.Output + run.Errors);
    }

    [Fact]
    public void Every_alert_has_a_severity_a_summary_a_test_and_a_page_that_says_what_to_do()
    {
        var tests = File.ReadAllText(Path.Combine(Folder, "rules.test.yaml"));
        var headings = Markdown().Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..]).ToList();

        Alerts().Should().HaveCountGreaterThan(15);
        headings.Should().BeEquivalentTo(Alerts().Select(alert => alert.Name), "docs/metrics.md says of each what to do, and of no other");
        foreach (var alert in Alerts())
        {
            alert.Severity.Should().BeOneOf(["critical", "warning", "info"], alert.Name);
            alert.Summary.Should().NotBeNullOrWhiteSpace(alert.Name);
            alert.Runbook.Should().Be($"docs/metrics.md#{alert.Name.ToLowerInvariant()}");
            Regex.Count(tests, $"alertname=\"{alert.Name}\"").Should().BePositive($"rules.test.yaml makes {alert.Name} fire");
        }
    }

    [Fact]
    public void The_dashboard_can_be_pointed_at_any_Prometheus_and_any_gateway()
    {
        using var dashboard = Dashboard();
        var variables = dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Select(variable => variable.GetProperty("name").GetString());
        variables.Should().Contain(["datasource", "instance", "model"]);

        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.GetProperty("type").GetString() != "row").ToList();
        panels.Should().HaveCountGreaterThan(20);
        panels.Select(panel => panel.GetProperty("id").GetInt32()).Should().OnlyHaveUniqueItems();
        foreach (var panel in panels)
        {
            var title = panel.GetProperty("title").GetString();
            panel.GetProperty("datasource").GetProperty("uid").GetString().Should().Be("${datasource}", title);
            panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString().Should().NotBeNullOrEmpty(title);
            panel.GetProperty("targets").EnumerateArray().Should().NotBeEmpty(title).And
                .OnlyContain(target => target.GetProperty("expr").GetString()!.Contains("instance=~\"$instance\"", StringComparison.Ordinal), title);
        }
    }

    [Fact]
    public async Task Every_query_of_the_dashboard_is_one_that_Prometheus_reads()
    {
        var promtool = Promtool();
        using var folder = new TemporaryFolder();
        var rules = Queries().Select((query, i) => $"  - record: dashboard:query{i}\n    expr: |\n      {Filled(query)}\n");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "queries.yaml"), "groups:\n- name: dashboard\n  rules:\n" + string.Concat(rules), Stop);

        var run = await ExternalProgram.RunAsync(promtool, ["check", "rules", "queries.yaml"], folder.Path, [], Stop);

        run.ExitCode.Should().Be(0, run.Output + run.Errors);

        static string Filled(string query) => query.Replace("$__rate_interval", "5m", StringComparison.Ordinal);
    }

    /// <summary>The metrics of a gateway that has all it can have, after calls that went well and calls that did not.</summary>
    private async Task<string> WholeGatewayAsync()
    {
        using var folder = new TemporaryFolder();
        await using var redis = await RedisServer.StartAsync(folder.Path);
        await using var whole = await AnotherGateway.StartAsync(
            Gateway, ("LOG_BUFFER", "spool"), ("REDIS_ADDRESS", redis.Address),
            ("DATABASE_URL", Gateway.DatabaseUrl.Reveal()), ("DATABASE_REPORTS_URL", Gateway.DatabaseUrl.Reveal()),
            ("LOG_ARCHIVE", "folder"), ("ARCHIVE_FOLDER", Path.Combine(folder.Path, "archive")));
        await ServeToAKeyAsync();
        await SqlAsync("UPDATE api_keys SET rate_limit = 5");
        await Gateway.SettledAsync();
        Upstream.Answer = call => call.Request.WantsStream ? FakeUpstream.AnswerHelloAsync(call) : call.RespondAsync(200, Thoughtful);
        var client = Client(url: whole.Url);
        foreach (var stream in (bool[])[false, true])
        {
            await Eventually.IsTrueAsync(async () => await CallAsync(stream) == HttpStatusCode.OK, "a call is answered");
        }

        await Eventually.IsTrueAsync(async () => await CallAsync(stream: false) == HttpStatusCode.TooManyRequests, "the rate is reached");
        var reports = whole.Services.GetRequiredService<ReportsWatch>();
        await Eventually.IsTrueAsync(() => reports.Lag is not null, "it is known how far reports are behind");
        var exporter = whole.Services.GetRequiredService<PrometheusExporter>();
        await Eventually.IsTrueAsync(
            () => PrometheusText.Parse(exporter.Render())["cleangateway_journal_commit_duration_seconds_count"] > 0, "the journal is in the database");
        return exporter.Render();

        async Task<HttpStatusCode> CallAsync(bool stream)
        {
            var body = $$"""{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}],"stream":{{(stream ? "true" : "false")}}}""";
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content, Stop);
            await answer.Content.ReadAsStringAsync(Stop);
            return answer.StatusCode;
        }
    }

    /// <summary>Prometheus's own tool finds no fault; advice on names that are .NET's and Npgsql's is theirs.</summary>
    internal static async Task PromtoolShouldAcceptAsync(string text, CancellationToken stop)
    {
        var run = await ExternalProgram.RunAsync("promtool", ["check", "metrics"], Path.GetTempPath(), [], stop, text);

        run.ExitCode.Should().BeOneOf([0, 3], run.Errors);
        (run.Output + run.Errors).Split('\n').Where(line => !AdviceOnOthers().IsMatch(line)).Should().BeEmpty();
    }

    private static string Promtool()
    {
        Assert.SkipUnless(ExternalProgram.Exists("promtool"), "promtool is not installed (Debian: prometheus)");
        return "promtool";
    }

    private static IEnumerable<string> Own(IEnumerable<string> names) => names
        .Where(name => name.StartsWith("cleangateway_", StringComparison.Ordinal) || name == "process_start_time_seconds").Distinct();

    private static IEnumerable<string> LabelsOf(PrometheusText metrics, string family) => metrics.Samples.Keys
        .Where(sample => Regex.IsMatch(sample, $"^{family}(_bucket|_sum|_count)?\\{{"))
        .SelectMany(sample => LabelName().Matches(sample).Select(match => match.Groups[1].Value)).Where(label => label != "le").Distinct();

    private static List<Alert> Alerts()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(Folder, "rules.yaml"))));
        return [.. ((YamlSequenceNode)yaml.Documents[0].RootNode["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]).Select(rule => new Alert(
            $"{rule["alert"]}", $"{rule["expr"]}", $"{rule["labels"]["severity"]}", $"{rule["annotations"]["summary"]}", $"{rule["annotations"]["runbook"]}"))];
    }

    private static JsonDocument Dashboard() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "dashboard.json")));

    private static List<string> Queries()
    {
        using var dashboard = Dashboard();
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)];
    }

    /// <summary>The names of metrics in expressions: what is neither a label, a function, a word of the language nor a variable.</summary>
    private static IEnumerable<string> NamesIn(IEnumerable<string> expressions) => expressions
        .Select(expression => Matchers().Replace(expression, " "))
        .Select(expression => Grouping().Replace(expression, " "))
        .SelectMany(expression => Name().Matches(expression).Select(match => match.Value))
        .Where(name => name is not ("and" or "or" or "unless" or "bool" or "offset" or "inf" or "nan"))
        .Distinct();

    private static string[] Markdown() => File.ReadAllLines(Path.Combine(Repository.Root, "docs", "metrics.md"));

    // Rows of tables: | `name` | type | `label`, `label` | meaning |
    private static Dictionary<string, Row> Documented() => Markdown()
        .Select(line => TableRow().Match(line)).Where(row => row.Success)
        .ToDictionary(row => row.Groups["name"].Value, row => new Row(
            row.Groups["type"].Value, [.. BackQuoted().Matches(row.Groups["labels"].Value).Select(label => label.Groups[1].Value)]));

    private sealed record Alert(string Name, string Expression, string Severity, string Summary, string Runbook);

    private sealed record Row(string Type, IReadOnlyList<string> Labels);

    [GeneratedRegex("^((dotnet|kestrel|db_client)_.*)?$")]
    private static partial Regex AdviceOnOthers();

    [GeneratedRegex("""\{([^{}"]|"[^"]*")*\}|\[[^\]]*\]|"[^"]*"|\$\w+""")]
    private static partial Regex Matchers();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])")]
    private static partial Regex Name();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\]|\\.)*"[,}]?""")]
    private static partial Regex LabelName();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex BackQuoted();

    [GeneratedRegex(@"^\| `(?<name>(cleangateway|process)_\w+)` \| (?<type>counter|gauge|histogram) \|(?<labels>[^|]*)\|")]
    private static partial Regex TableRow();
}
