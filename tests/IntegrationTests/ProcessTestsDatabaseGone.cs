using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The database goes away under a running gateway without a journal of its own, and comes back.</summary>
public class ProcessTestsDatabaseGone(GatewayFixture gateway) : ProcessTest
{
    private readonly List<string> answered = [];

    [Fact]
    public async Task Without_its_database_it_refuses_and_asks_no_provider_and_it_recovers_by_itself()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await using var running = Start(database.Url, ("LOG_BUFFER", "direct"));
        var url = await running.ListeningAsync();
        await database.IssueKeyAsync(Key);
        await database.ServeAsync(upstream);
        await Eventually.IsTrueAsync(async () => await StatusAsync(url) == HttpStatusCode.OK, "the model is served");
        (await ReadyAsync(url)).Should().Be(HttpStatusCode.OK);

        await database.AllowAsync(connections: false);
        await Eventually.IsTrueAsync(async () => await ReadyAsync(url) == HttpStatusCode.ServiceUnavailable, "it says that it is not ready");
        var asked = upstream.Requests.Count;
        await ShouldRefuseAsync(url, stream: false);
        await ShouldRefuseAsync(url, stream: true);
        upstream.Requests.Should().HaveCount(asked, "what cannot be recorded is not sent");
        await ShouldBeAliveAsync(url);

        await database.AllowAsync(connections: true);
        await Eventually.IsTrueAsync(async () => await ReadyAsync(url) == HttpStatusCode.OK, "it is ready again");
        (await StatusAsync(url)).Should().Be(HttpStatusCode.OK);
        (await database.RowsAsync(
            """
            SELECT q.request_id FROM requests q JOIN responses r ON r.request_id_fk = q.id JOIN usage_records u ON u.request_id = q.request_id
            WHERE q.status_code = 200 AND r.outcome = 'ok'
            """)).Select(row => (string)row[0]!).Should().BeEquivalentTo(answered);
        (await running.StopAsync()).Should().Be(0);
        running.Output.Should().NotContain(line => line.Contains(gateway.DatabaseUrl.Password!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_comes_while_the_database_is_away_is_held_until_it_is_back()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await using var running = Start(database.Url, ("LOG_BUFFER", "direct"));
        var url = await running.ListeningAsync();
        await database.IssueKeyAsync(Key);
        await database.ServeAsync(upstream);
        await Eventually.IsTrueAsync(async () => await StatusAsync(url) == HttpStatusCode.OK, "the model is served");
        var (asked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        upstream.Answer = async call =>
        {
            asked.TrySetResult();
            await goOn.Task;
            await FakeUpstream.AnswerHelloAsync(call);
        };

        var held = ChatAsync(url, model: "gpt-4");
        await asked.Task.WaitAsync(Stop);
        await database.AllowAsync(connections: false);
        goOn.SetResult();
        await Eventually.IsTrueAsync(() => running.Output.Any(line => line.Contains("could not be written", StringComparison.Ordinal)), "writing has failed");
        held.IsCompleted.Should().BeFalse();
        await database.AllowAsync(connections: true);

        using var answer = await held;
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await database.ScalarAsync<long>(
            "SELECT count(*) FROM requests q JOIN responses r ON r.request_id_fk = q.id WHERE q.request_id = $1 AND r.outcome = 'ok'", RequestId(answer)))
            .Should().Be(1);
    }

    private async Task<HttpStatusCode> StatusAsync(Uri url)
    {
        using var answer = await ChatAsync(url, model: "gpt-4");
        if (answer.StatusCode == HttpStatusCode.OK)
            answered.Add(RequestId(answer));

        return answer.StatusCode;
    }

    private async Task ShouldRefuseAsync(Uri url, bool stream)
    {
        using var answer = await ChatAsync(url, model: "gpt-4", stream: stream);

        answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        (await JsonAsync(answer)).GetProperty("error").GetProperty("code").GetString().Should().Be("log_unavailable");
    }

    private async Task<HttpStatusCode> ReadyAsync(Uri url)
    {
        using var answer = await GetAsync(url, "/health/ready");
        return answer.StatusCode;
    }

    private async Task ShouldBeAliveAsync(Uri url)
    {
        using var live = await GetAsync(url, "/health/live");
        live.StatusCode.Should().Be(HttpStatusCode.OK);
        using var health = await GetAsync(url, "/api/health");
        (await JsonAsync(health)).GetProperty("database").GetString().Should().Be("unreachable");
    }
}
