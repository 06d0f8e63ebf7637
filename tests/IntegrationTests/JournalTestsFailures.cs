using System.Net;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A database that fails while many calls are answered.</summary>
public class JournalTestsFailures(GatewayFixture gateway) : GatewayTest(gateway)
{
    private const int Burst = 50;

    [Fact]
    public async Task A_lost_connection_loses_and_doubles_nothing()
    {
        await ServeToAKeyAsync();
        await using var held = await TableLock.TakeAsync(Gateway.Database, "usage_records");

        var calls = Enumerable.Range(0, Burst).Select(_ => ChatAsync()).ToList();
        await Eventually.IsTrueAsync(() => Upstream.Requests.Count == Burst, "all calls are upstream");
        for (var cut = 0; cut < 3; cut++)
            await ScalarAsync<bool>("SELECT pg_terminate_backend($1, 5000)", await held.WaiterAsync());
        await held.WaiterAsync();
        await held.ReleaseAsync();

        var answers = await Task.WhenAll(calls);
        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
        await BooksShouldHoldAsync(answers);
    }

    [Fact]
    public async Task Connections_that_are_lost_at_any_moment_lose_and_double_nothing()
    {
        await ServeToAKeyAsync();

        using var cut = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 4).Select(_ => CallUntilAsync(cut.Token)).ToList();
        for (var cuts = 0; cuts < 5; cuts++)
        {
            var sent = Upstream.Requests.Count;
            await Eventually.IsTrueAsync(() => Upstream.Requests.Count > sent, "calls are let through again");
            await Eventually.IsTrueAsync(CutAsync, "a connection was lost while it wrote");
        }

        await cut.CancelAsync();
        var answers = (await Task.WhenAll(calls)).SelectMany(each => each).ToList();
        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK || answer.StatusCode == HttpStatusCode.ServiceUnavailable);
        await BooksShouldHoldAsync(answers.Where(answer => answer.StatusCode == HttpStatusCode.OK));
    }

    [Fact]
    public async Task What_the_database_refuses_for_its_content_is_kept_in_a_safe_form_and_harms_no_other()
    {
        await ServeToAKeyAsync();
        var answers = await WithPoisonAsync("CHECK (body::text NOT LIKE '%poison%')");

        answers.Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.OK);
        await BooksShouldHoldAsync(answers);
        (await RowsAsync("SELECT body_form, convert_from(decode(body ->> 'base64', 'base64'), 'UTF8'), headers::text FROM requests WHERE body_form <> 'json'"))
            .Should().ContainSingle().Which.Should().Equal("base64", Body("poison"), null);
        (await ScalarAsync<long>("SELECT count(*) FROM requests WHERE body_form = 'json' AND body::text = $1 AND headers IS NOT NULL", Body("harmless")))
            .Should().Be(Burst - 1);
    }

    [Fact]
    public async Task What_the_database_refuses_in_any_form_is_no_success_and_harms_no_other()
    {
        await ServeToAKeyAsync();
        await SqlAsync("INSERT INTO models (model_name, litellm_provider) VALUES ('poison', 'openai')");
        await Gateway.SettledAsync();

        var answers = await WithPoisonAsync("CHECK (model <> 'poison')", model: "poison");

        var refused = answers.Where(answer => answer.StatusCode != HttpStatusCode.OK).Should().ContainSingle().Subject;
        refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await ErrorAsync(refused)).GetProperty("code").GetString().Should().Be("log_unavailable");
        await BooksShouldHoldAsync(answers.Where(answer => answer.StatusCode == HttpStatusCode.OK));
        using var next = await ChatAsync();
        next.StatusCode.Should().Be(HttpStatusCode.OK, "one row that cannot be stored does not make the log unavailable");
    }

    /// <summary>Holds the writer up until all calls are answered upstream, so that the culprit shares a batch with the others.</summary>
    private async Task<HttpResponseMessage[]> WithPoisonAsync(string constraint, string model = "gpt-4")
    {
        await SqlAsync($"ALTER TABLE requests ADD CONSTRAINT poison {constraint}");
        try
        {
            await using var held = await TableLock.TakeAsync(Gateway.Database, "requests");
            var calls = Enumerable.Range(0, Burst)
                .Select(call => PostAsync(call == Burst / 2 ? Body("poison", model) : Body("harmless")))
                .ToList();
            await Eventually.IsTrueAsync(() => Upstream.Requests.Count == Burst, "all calls are upstream");
            await held.WaiterAsync();
            await held.ReleaseAsync();
            return await Task.WhenAll(calls);
        }
        finally
        {
            await SqlAsync("ALTER TABLE requests DROP CONSTRAINT poison");
        }
    }

    private async Task<List<HttpResponseMessage>> CallUntilAsync(CancellationToken end)
    {
        var answers = new List<HttpResponseMessage>();
        while (!end.IsCancellationRequested)
            answers.Add(await ChatAsync());

        return answers;
    }

    private async Task<bool> CutAsync() => (await RowsAsync(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'cleangateway' AND datname = current_database() AND query LIKE 'WITH new AS%' AND state = 'active'
        """)).Count > 0;

    /// <summary>Each of the answers is in each table once, nothing else is, and the month's sums are theirs.</summary>
    private async Task BooksShouldHoldAsync(IEnumerable<HttpResponseMessage> answers)
    {
        var ids = answers.Select(answer => answer.Headers.GetValues("X-Request-ID").Single()).ToList();

        (await IdsAsync("SELECT request_id FROM requests")).Should().BeEquivalentTo(ids);
        (await IdsAsync("SELECT request_id FROM requests JOIN responses ON request_id_fk = requests.id")).Should().BeEquivalentTo(ids);
        (await IdsAsync("SELECT request_id FROM usage_records")).Should().BeEquivalentTo(ids);
        (await RowsAsync("SELECT sum(total_requests)::bigint, sum(prompt_tokens)::bigint, sum(completion_tokens)::bigint FROM monthly_usage_summary"))
            .Single().Should().Equal((long)ids.Count, 9L * ids.Count, 3L * ids.Count);
    }

    private async Task<IEnumerable<object?>> IdsAsync(string sql) => (await RowsAsync(sql)).Select(row => row[0]);

    private static string Body(string word, string model = "gpt-4") => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{word}}"}]}""";
}
