using CleanGateway.Infrastructure.ConfigChecks;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.ConfigChecks;

public class SettingsCheckTests
{
    [Theory]
    [InlineData("GATEWAY_HTTP_HOST=*|ADMIN_HTTP_PORT=9090", ConfigSeverity.Warning, "GATEWAY_HTTP_HOST", "not on this machine alone")]
    [InlineData("", ConfigSeverity.Note, "ADMIN_HTTP_PORT", "There are no admin endpoints")]
    [InlineData("DATABASE_URL=postgres://u:hunter2@db.example.com/d", ConfigSeverity.Warning, "DATABASE_URL", "may go without TLS")]
    [InlineData("DATABASE_URL=postgres://u:hunter2@db.example.com/d?sslmode=disable", ConfigSeverity.Warning, "DATABASE_URL", "may go without TLS")]
    [InlineData("OPENAI_BASE_URL=http://models.example.com/v1", ConfigSeverity.Warning, "OPENAI_BASE_URL", "plain http")]
    [InlineData("LOG_RETENTION_DAYS=0", ConfigSeverity.Note, "LOG_RETENTION_DAYS", "kept for ever")]
    [InlineData("LEDGER_RETENTION_MONTHS=0", ConfigSeverity.Note, "LEDGER_RETENTION_MONTHS", "kept for ever")]
    [InlineData("LOG_RETENTION_DAYS=90|LEDGER_RETENTION_MONTHS=1", ConfigSeverity.Warning, "LEDGER_RETENTION_MONTHS", "longer than what they cost")]
    public void What_is_odd_is_told_with_its_setting(string environment, ConfigSeverity severity, string where, string what)
    {
        var findings = Check(environment);

        findings.Should().ContainSingle(finding => finding.Where == where).Which.Severity.Should().Be(severity);
        findings.Single(finding => finding.Where == where).What.Should().Contain(what);
        findings.Should().NotContain(finding => finding.What.Contains("hunter2") || finding.Advice.Contains("hunter2"));
    }

    [Theory]
    [InlineData("GATEWAY_HTTP_HOST=127.0.0.1|ADMIN_HTTP_PORT=9090")]
    [InlineData("ADMIN_HTTP_PORT=9090|DATABASE_URL=postgres://u:p@db.example.com/d?sslmode=require")]
    [InlineData("ADMIN_HTTP_PORT=9090|DATABASE_URL=postgres://u:p@127.0.0.1/d")]
    [InlineData("ADMIN_HTTP_PORT=9090|DATABASE_URL=postgres://u:p@[::1]/d?sslmode=disable")]
    [InlineData("ADMIN_HTTP_PORT=9090|OPENAI_BASE_URL=http://localhost:11434/v1")]
    [InlineData("ADMIN_HTTP_PORT=9090|OPENAI_BASE_URL=https://models.example.com/v1")]
    public void What_is_as_it_should_be_is_not_told(string environment) => Check(environment).Should().BeEmpty();

    [Fact]
    public void Names_that_look_like_ours_and_are_none_are_told()
    {
        var findings = new List<ConfigFinding>();

        SettingsCheck.CheckNames(new Dictionary<string, string> { ["GATEWAY_PORT"] = "1", ["GATEWAY_HTTP_PORT"] = "1", ["PATH"] = "x", ["JOURNAL_MAX"] = "" }, findings);

        findings.Select(finding => finding.What).Should().Equal("GATEWAY_PORT is not a known setting", "JOURNAL_MAX is not a known setting");
    }

    private static List<ConfigFinding> Check(string environment)
    {
        var values = environment.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var (settings, problems) = GatewaySettings.Read(values, new Dictionary<string, string>());
        problems.Should().BeEmpty();
        var findings = new List<ConfigFinding>();
        SettingsCheck.Check(settings!, findings);
        return findings;
    }
}
