using System.Globalization;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>That <c>build/test-postgres-versions.sh</c> tests what it says.</summary>
public class PostgresVersionTests(GatewayFixture gateway)
{
    [Fact]
    public async Task The_server_is_of_the_version_that_is_asked_for()
    {
        const int OldestSupported = 15;
        var asked = Environment.GetEnvironmentVariable("TESTS_POSTGRES_VERSION");

        var rows = await gateway.Database.RowsAsync("SELECT current_setting('server_version_num')::integer / 10000", TestContext.Current.CancellationToken);

        var version = (int)rows.Single()[0]!;
        if (string.IsNullOrEmpty(asked))
            version.Should().BeGreaterThanOrEqualTo(OldestSupported);
        else
            version.Should().Be(int.Parse(asked, CultureInfo.InvariantCulture));
    }
}
