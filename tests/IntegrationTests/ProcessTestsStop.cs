using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>How a gateway goes when it is asked to.</summary>
[Collection(PrivateGatewayCollection.Name)]
public class ProcessTestsStop(PrivateGateway installed, GatewayFixture gateway) : ProcessTest
{
    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task A_signal_ends_it_in_order_and_its_database_with_it(PosixSignal signal)
    {
        await using var running = installed.Start();
        using var answer = await ChatAsync(await running.ListeningAsync(), installed.DemoKey);
        PrivateGateway.ServerId(installed.DataFolder).Should().NotBeNull();

        running.Signal(signal);

        (await running.EndedAsync()).Should().Be(0);
        running.Errors.Should().BeEmpty();
        PrivateGateway.ServerId(installed.DataFolder).Should().BeNull();
        File.Exists(Path.Combine(PrivateGateway.Home(installed.DataFolder), "cluster", "postmaster.pid")).Should().BeFalse();
    }

    [Fact]
    public async Task A_signal_in_the_middle_of_the_start_ends_it_too()
    {
        await using var running = installed.Start();
        await Eventually.IsTrueAsync(() => PrivateGateway.ServerId(installed.DataFolder) is not null, "the database is starting");

        running.Signal(PosixSignal.SIGTERM);

        await running.EndedAsync();
        running.Errors.Should().BeEmpty();
        PrivateGateway.ServerId(installed.DataFolder).Should().BeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_in_flight_is_answered_to_its_end_and_has_its_rows(bool stream)
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        var (asked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        upstream.Answer = async call =>
        {
            asked.TrySetResult();
            await goOn.Task;
            await FakeUpstream.AnswerHelloAsync(call);
        };
        await using var running = Start(database.Url);
        var url = await running.ListeningAsync();
        await PrepareAsync(database, upstream, url);
        var call = ChatAsync(url, model: "gpt-4", stream: stream);
        await asked.Task.WaitAsync(Stop);

        running.Signal(PosixSignal.SIGTERM);
        await Eventually.IsTrueAsync(() => IsRefusedAsync(url), "no new connections are taken");
        goOn.SetResult();

        using var answer = await call;
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync(Stop)).Should().Contain("Hello").And.Contain("there");
        (await running.EndedAsync()).Should().Be(0);
        (await database.RowsAsync(
            "SELECT q.status_code, r.outcome FROM requests q JOIN responses r ON r.request_id_fk = q.id WHERE q.url LIKE '%/chat/completions'"))
            .Should().ContainSingle().Which.Should().Equal(200, "ok");
    }

    /// <summary>By a second signal, or because its time is up: either way it is told, and in the books.</summary>
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task A_call_whose_time_is_up_is_told_so_and_has_its_rows(bool stream, bool hurry)
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        var asked = new TaskCompletionSource();
        upstream.Answer = async call =>
        {
            if (stream)
            {
                await call.BeginStreamAsync();
                await call.SayWordAsync("Hel");
            }

            asked.TrySetResult();
            await call.HungUpAsync();
        };
        await using var running = Start(database.Url, ("SHUTDOWN_TIMEOUT", hurry ? "1h" : "100ms"));
        var url = await running.ListeningAsync();
        await PrepareAsync(database, upstream, url);
        var call = ChatAsync(url, model: "gpt-4", stream: stream);
        await asked.Task.WaitAsync(Stop);
        using var begun = stream ? await call : null;

        running.Signal(PosixSignal.SIGTERM);
        await Eventually.IsTrueAsync(() => IsRefusedAsync(url), "no new connections are taken");
        if (hurry)
            running.Signal(PosixSignal.SIGTERM);

        using var answer = await call;
        answer.StatusCode.Should().Be(stream ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable);
        (await ReadToEndAsync(answer)).Should().Contain("\"code\":\"gateway_shutdown\"").And.NotContain("[DONE]");
        (await running.EndedAsync()).Should().Be(0);
        (await database.RowsAsync(
            """
            SELECT q.status_code, r.outcome, r.error_code, u.unpriced_reason
            FROM requests q JOIN responses r ON r.request_id_fk = q.id JOIN usage_records u USING (request_id)
            WHERE q.url LIKE '%/chat/completions'
            """)).Should().ContainSingle().Which.Should().Equal(stream ? 200 : 503, "shutdown", "gateway_shutdown", stream ? null : "interrupted");
    }

    [Fact]
    public async Task While_load_balancers_find_out_it_says_that_it_is_not_ready_and_goes_on_answering()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var running = Start(database.Url, ("SHUTDOWN_DELAY", "10m"));
        var url = await running.ListeningAsync();
        await database.IssueKeyAsync(Key);

        running.Signal(PosixSignal.SIGTERM);
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var ready = await GetAsync(url, "/health/ready");
                return ready.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            "it is not ready");
        using var answer = await ChatAsync(url);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);

        running.Signal(PosixSignal.SIGTERM);
        (await running.EndedAsync()).Should().Be(0);
        await database.LoggedAsync(RequestId(answer));
    }

    // A broken stream ends in an error event and then in a broken connection.
    private static async Task<string> ReadToEndAsync(HttpResponseMessage answer)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(Stop);
        using var text = new MemoryStream();
        try
        {
            await body.CopyToAsync(text, Stop);
        }
        catch (HttpIOException)
        {
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private async Task PrepareAsync(TestDatabase database, FakeUpstream upstream, Uri url)
    {
        await database.IssueKeyAsync(Key);
        await database.ServeAsync(upstream);
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var model = await GetAsync(url, "/v1/models/gpt-4", Key);
                return model.StatusCode == HttpStatusCode.OK;
            },
            "the model is served");
    }

    private static async Task<bool> IsRefusedAsync(Uri url)
    {
        using var fresh = new HttpClient();
        try
        {
            using var health = await fresh.GetAsync(new Uri(url, "/health"), Stop);
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
