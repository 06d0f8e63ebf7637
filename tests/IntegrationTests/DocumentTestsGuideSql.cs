using System.Globalization;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The guide's "Check Database" and the queries of its "Troubleshooting".</summary>
public class DocumentTestsGuideSql(GatewayFixture gateway) : DocumentTest(gateway)
{
    [Fact]
    public async Task Usage_is_counted_for_each_key()
    {
        await SetUpAsync();
        await IssueKeyAsync("idle");
        for (var call = 0; call < 3; call++)
            (await ChatAsync()).EnsureSuccessStatusCode().Dispose();

        var table = await PsqlAsync(Printed.Guide001.KeyUsage);

        table.Columns.Should().Equal("name", "total_requests", "total_cost", "last_request");
        table.Rows.Should().HaveCount(2);
        var used = table.Rows.Should().ContainSingle(row => row[1] == "3").Which;
        decimal.Parse(used[2], CultureInfo.InvariantCulture).Should().Be(3 * 0.00045m);
        used[3].Should().NotBeEmpty();
        table.Rows.Should().ContainSingle(row => row[1] == "0").Which.Should().Equal("Test Key", "0", "", "");
    }

    [Fact]
    public async Task Months_are_summed_up()
    {
        await SetUpAsync();
        (await ChatAsync()).EnsureSuccessStatusCode().Dispose();
        (await ReadToEndAsync(await ChatAsync("my-gpt4", stream: true))).Text.Should().EndWith("data: [DONE]\n\n");

        var table = await PsqlAsync(Printed.Guide001.MonthlySummaries);

        table.Columns.Should().Equal("name", "year", "month", "total_requests", "total_cost_usd");
        table.Rows.Should().ContainSingle();
        table.First("name").Should().Be("Test Key");
        table.First("total_requests").Should().Be("2");
        decimal.Parse(table.First("total_cost_usd"), CultureInfo.InvariantCulture).Should().Be(2 * 0.00045m);
        (await RowsAsync(
            """
            SELECT DISTINCT extract(year FROM created_at AT TIME ZONE 'UTC')::text, extract(month FROM created_at AT TIME ZONE 'UTC')::text
            FROM usage_records
            """)).Should().ContainSingle().Which.Should().Equal(table.First("year"), table.First("month"));
    }

    [Fact]
    public async Task Providers_are_shown()
    {
        await SetUpAsync();

        var table = await PsqlAsync(Printed.Guide001.ProviderStatus);

        table.Columns.Should().Equal("name", "display_name", "provider_type", "enabled", "created_at");
        table.Rows.Should().ContainSingle().Which.Take(4).Should().Equal("openai-main", "OpenAI", "openai", "t");
        table.First("created_at").Should().NotBeEmpty();
    }

    [Fact]
    public async Task Troubleshooting_finds_the_model_and_the_provider()
    {
        await SetUpAsync();

        (await PsqlAsync(Printed.Guide001.FindModel)).Rows.Should().ContainSingle().Which.Should().Equal("gpt-4", "openai");
        (await PsqlAsync(Printed.Guide001.FindProviders)).Rows.Should().ContainSingle().Which.Should().Equal("openai-main", "openai", "t");
    }

    /// <summary>Corrected: the view has no column of that name on any server.</summary>
    [Fact]
    public async Task Troubleshooting_shows_what_the_database_is_doing()
    {
        var table = await PsqlAsync(Printed.Guide001.Activity.Replace("pg_stat_statements", "application_name, state", StringComparison.Ordinal));

        table.Rows.Should().Contain(row => row[0] == "cleangateway", "the gateway says who it is");
    }

    private async Task SetUpAsync()
    {
        await InsertTestDataAsync();
        await Gateway.SettledAsync();
    }
}
