using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The journal on disk: what a gateway and its database may go through without a call being lost.</summary>
public class ProcessTestsJournal(GatewayFixture gateway) : ProcessTest
{
    private const string Books =
        """
        SELECT q.status_code, r.outcome, r.error_code, r.usage_source, u.completion_tokens, u.unpriced_reason
        FROM requests q JOIN responses r ON r.request_id_fk = q.id JOIN usage_records u USING (request_id)
        ORDER BY q.created_at
        """;

    [Fact]
    public async Task While_the_database_is_away_calls_are_answered_and_when_it_is_back_they_are_in_the_books()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        var running = Start(database.Url);
        var url = await running.ListeningAsync();
        await ServeAsync(database, upstream, url);

        await database.AllowAsync(connections: false);
        var ids = new List<string>();
        for (var call = 0; call < 20; call++)
        {
            using var answer = await ChatAsync(url, model: "gpt-4", stream: call % 2 == 0);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            (await answer.Content.ReadAsStringAsync(Stop)).Should().Contain("there");
            ids.Add(RequestId(answer));
        }

        using var ready = await GetAsync(url, "/health/ready");
        ready.StatusCode.Should().Be(HttpStatusCode.OK, "calls are answered");
        await database.AllowAsync(connections: true);

        await database.LoggedAsync([.. ids]);
        (await database.ScalarAsync<long>("SELECT sum(total_requests)::bigint FROM monthly_usage_summary"))
            .Should().Be(await database.ScalarAsync<long>("SELECT count(*) FROM usage_records"));
        (await running.StopAsync()).Should().Be(0);
        Directory.GetFiles(Path.Combine(Folder, "data", "journal")).Should().BeEmpty("all of it is in the books");
    }

    [Theory]
    [InlineData(false, ",\"max_tokens\":50", "estimated", 50L, null)]
    [InlineData(false, "", null, null, "interrupted")]
    [InlineData(true, "", null, null, "interrupted")]
    public async Task A_call_that_died_with_its_gateway_is_told_by_the_next_one(bool stream, string more, string? source, long? tokens, string? unpriced)
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        var killed = Start(database.Url);
        var url = await killed.ListeningAsync();
        await ServeAsync(database, upstream, url);
        await database.LoggedAsync();
        var asked = new TaskCompletionSource();
        upstream.Answer = async call =>
        {
            asked.TrySetResult();
            await call.HungUpAsync();
        };

        var call = SendAsync(
            HttpMethod.Post, new Uri(url, "/v1/chat/completions"), Key,
            new StringContent(
                $$"""{"model":"gpt-4","messages":[{"role":"user","content":"Say hello!"}],"stream":{{(stream ? "true" : "false")}}{{more}}}""",
                System.Text.Encoding.UTF8, "application/json"));
        await asked.Task.WaitAsync(Stop);
        await killed.KillAsync();
        await call.ContinueWith(_ => { }, Stop, TaskContinuationOptions.None, TaskScheduler.Default);
        call.IsFaulted.Should().BeTrue("nobody was told of success");

        var next = Start(database.Url);
        await next.ListeningAsync();

        await Eventually.IsTrueAsync(async () => (await database.RowsAsync(Books)).Any(row => (string)row[1]! == "gateway_crash"), "the call is in the books");
        (await database.RowsAsync(Books)).Should().ContainSingle(row => (string)row[1]! == "gateway_crash")
            .Which.Should().Equal(500, "gateway_crash", "gateway_crash", source, tokens, unpriced);
        (await database.ScalarAsync<string>("SELECT body #>> '{messages,0,content}' FROM requests ORDER BY created_at DESC LIMIT 1")).Should().Be("Say hello!");
        (await next.StopAsync()).Should().Be(0);
    }

    private async Task ServeAsync(TestDatabase database, FakeUpstream upstream, Uri url)
    {
        await database.IssueKeyAsync(Key);
        await database.ServeAsync(upstream);
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var answer = await ChatAsync(url, model: "gpt-4");
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the model is served");
    }
}
