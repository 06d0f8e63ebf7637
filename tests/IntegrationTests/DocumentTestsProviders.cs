using System.Net;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The page that says how a provider is added, followed to the letter.</summary>
public partial class DocumentTestsProviders(GatewayFixture gateway) : DocumentTest(gateway)
{
    [Fact]
    public async Task A_provider_of_OpenAIs_language_is_added_without_code()
    {
        const string PrintedConfig = """{"base_url": "https://api.acme.example/v1"}""";
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "adding-a-provider.md"), Stop);
        var rows = Sql().Match(page).Groups["sql"].Value;
        rows.Should().Contain(PrintedConfig);
        await IssueKeyAsync();

        await PsqlAsync(rows.Replace(
            PrintedConfig, $$"""{"base_url": "{{Upstream.Url}}", "allow_cidrs": ["127.0.0.0/8"]}""", StringComparison.Ordinal));

        foreach (var name in new[] { "acme-large", "acme" })
        {
            using var answer = await ChatAsync(name);
            answer.StatusCode.Should().Be(HttpStatusCode.OK, "{0} is served", name);
        }

        Upstream.Requests.Should().HaveCount(2).And.OnlyContain(request =>
            request.Json.GetProperty("model").GetString() == "large-2026-10" && request.Headers["Authorization"] == "Bearer acme-key");
        (await RowsAsync("SELECT DISTINCT model, total_cost_usd FROM usage_records")).Should().ContainSingle()
            .Which.Should().Equal("acme-large", (9 * 0.000001m) + (3 * 0.000004m));
    }

    [GeneratedRegex("```sql\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sql();
}
