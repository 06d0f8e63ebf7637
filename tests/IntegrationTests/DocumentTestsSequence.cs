using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The testing guide's three commands, one after the other, as its readers type them.</summary>
public class DocumentTestsSequence(GatewayFixture gateway) : DocumentTest(gateway)
{
    private const int Times = 100;

    [Fact]
    public async Task The_row_just_made_is_found_a_hundred_times_of_a_hundred()
    {
        const string Mark = "--- next ---";
        await IssueKeyAsync("TEST_KEY");
        await ServeAsync();
        var script = string.Join(
            '\n',
            $"for time in $(seq {Times}); do",
            Printed.TestingGuide000.Chat, "tr -d '\\r' < head | sed -n 's/^X-Request-ID: //p'", $"echo '{Mark}'",
            Printed.TestingGuide000.LatestRequests, $"echo '{Mark}'",
            Printed.TestingGuide000.LatestResponses, $"echo '{Mark}'",
            "done");

        var run = await ShellAsync(script);

        run.ExitCode.Should().Be(0, run.Errors);
        var parts = run.Output.Split(Mark + "\n");
        parts.Should().HaveCount((3 * Times) + 1);
        for (var time = 0; time < Times; time++)
        {
            var id = parts[3 * time].TrimEnd().Split('\n')[^1];
            id.Should().StartWith("req_");
            PsqlTable.Parse(parts[(3 * time) + 1]).First("request_id").Should().Be(id, "call {0} was the last", time);
            PsqlTable.Parse(parts[(3 * time) + 2]).First("request_id").Should().Be(id, "call {0} was the last", time);
        }
    }
}
