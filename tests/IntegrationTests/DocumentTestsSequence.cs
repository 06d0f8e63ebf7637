using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The testing guide's commands, one after the other, as its readers type them.</summary>
public class DocumentTestsSequence(GatewayFixture gateway) : DocumentTest(gateway)
{
    private const int Times = 100;
    private const string Mark = "--- next ---";

    [Fact]
    public async Task The_row_just_made_is_found_a_hundred_times_of_a_hundred()
    {
        await IssueKeyAsync("TEST_KEY");
        await ServeAsync();

        // Nothing but the printed commands is a process of its own: a hundred of each take long enough.
        var run = await ShellAsync(string.Join(
            '\n',
            $"for ((time = 0; time < {Times}; time++)); do",
            Printed.TestingGuide000.Chat, "echo \"$(<head)\"", $"echo '{Mark}'",
            Printed.TestingGuide000.LatestRequests, $"echo '{Mark}'",
            "if ((time % 10 == 0)); then", Printed.TestingGuide000.LatestResponses, "fi", $"echo '{Mark}'",
            "done"));

        run.ExitCode.Should().Be(0, run.Errors);
        var parts = run.Output.Split(Mark + "\n");
        parts.Should().HaveCount((3 * Times) + 1);
        for (var time = 0; time < Times; time++)
        {
            var id = RequestId(parts[3 * time]);
            PsqlTable.Parse(parts[(3 * time) + 1]).First("request_id").Should().Be(id, "call {0} was the last", time);
            if (time % 10 == 0)
                PsqlTable.Parse(parts[(3 * time) + 2]).First("request_id").Should().Be(id, "call {0} was the last", time);
        }
    }

    private static string RequestId(string answer) =>
        answer.Split('\n').Single(line => line.StartsWith("X-Request-ID: ", StringComparison.Ordinal))["X-Request-ID: ".Length..].Trim();
}
