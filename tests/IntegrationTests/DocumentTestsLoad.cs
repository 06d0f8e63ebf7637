using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// The guide's "Load Testing", with a key without a limit and with the printed one. ab speaks HTTP/1.0, closes each connection unless told
/// otherwise, and sends its own content type, text/plain, before the one on the command line.
/// </summary>
public class DocumentTestsLoad(GatewayFixture gateway) : DocumentTest(gateway)
{
    [Theory]
    [InlineData("openai", "")]
    [InlineData("openai", " -k")]
    [InlineData("echo", "")]
    [InlineData("echo", " -k")]
    public async Task A_thousand_requests_are_answered_and_in_the_books(string provider, string option)
    {
        Assert.SkipUnless(ExternalProgram.Exists("ab"), "ab is not installed; the package apache2-utils has it.");
        await IssueKeyAsync();
        await ServeAsync(provider: provider, type: provider, config: provider == "echo" ? "{}" : null);
        await File.WriteAllTextAsync(Path.Combine(Folder, "payload.json"), Printed.Guide001.LoadPayload, Stop);

        var run = await ShellAsync(Printed.Guide001.Load.Replace("ab -n", $"ab{option} -n", StringComparison.Ordinal));

        run.ExitCode.Should().Be(0, run.Errors);
        Figure(run.Output, "Complete requests").Should().Be("1000");
        Figure(run.Output, "Failed requests").Should().Be("0");
        Figure(run.Output, "Non-2xx responses").Should().BeNull("all are to be 200");
        (await RowsAsync(
            """
            SELECT (SELECT count(*) FROM requests WHERE status_code = 200), (SELECT count(*) FROM responses WHERE outcome = 'ok'),
                   (SELECT count(*) FROM usage_records), (SELECT sum(total_requests)::bigint FROM monthly_usage_summary)
            """)).Single().Should().AllBeEquivalentTo(1000L);
        if (option != "")
            Figure(run.Output, "Keep-Alive requests").Should().Be("1000");
    }

    /// <summary>With the printed key, whose limit is 100 requests in 60 seconds.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(" -k")]
    public async Task Of_a_thousand_requests_of_the_printed_key_a_hundred_are_let_through(string option)
    {
        Assert.SkipUnless(ExternalProgram.Exists("ab"), "ab is not installed; the package apache2-utils has it.");
        await InsertTestDataAsync();
        await Gateway.SettledAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, "payload.json"), Printed.Guide001.LoadPayload, Stop);

        var run = await ShellAsync(Printed.Guide001.Load.Replace("ab -n", $"ab{option} -n", StringComparison.Ordinal));

        run.ExitCode.Should().Be(0, run.Errors);
        Figure(run.Output, "Complete requests").Should().Be("1000");
        Figure(run.Output, "Non-2xx responses").Should().Be("900");
        Upstream.Requests.Should().HaveCount(100);

        // Answers of another length than the first are what ab calls failed; those would be real: none is.
        run.Output.Should().MatchRegex(@"\(Connect: 0, Receive: 0, Length: \d+, Exceptions: 0\)");
        (await RowsAsync("SELECT status_code, count(*) FROM requests GROUP BY 1 ORDER BY 1")).Should().SatisfyRespectively(
            answered => answered.Should().Equal(200, 100L),
            refused => refused.Should().Equal(429, 900L));
        (await PsqlAsync(Printed.Guide001.KeyUsage)).Rows.Should().ContainSingle().Which.Take(3).Should().Equal("Test Key", "100", "0.045000000");
        (await PsqlAsync(Printed.Guide001.MonthlySummaries)).First("total_requests").Should().Be("100");
    }

    private static string? Figure(string output, string name) => output.Split('\n')
        .Where(line => line.StartsWith(name + ":", StringComparison.Ordinal))
        .Select(line => line.Split(':')[1].Trim())
        .SingleOrDefault();
}
