using System.Collections.Concurrent;
using System.Net;
using System.Runtime.InteropServices;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A gateway that archives in S3 and is killed, stopped and refused.</summary>
public class ProcessTestsArchive(GatewayFixture gateway) : ProcessTest
{
    [Fact]
    public async Task Killed_between_commit_and_upload_it_loses_nothing()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var s3 = await FakeS3.StartAsync();
        var killed = await StartAsync(database, s3);
        var ids = await CallAsync(killed.Url, 5);
        await database.LoggedAsync([.. ids]);
        await killed.Gateway.KillAsync();
        s3.Puts.Should().BeEmpty("the hour is not over");

        var next = await StartAsync(database, s3);
        ids.AddRange(await CallAsync(next.Url, 3));
        (await next.Gateway.StopAsync()).Should().Be(0);

        await ShouldHoldAsync(s3, database, ids);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_in_the_middle_of_an_upload_it_loses_nothing(bool arrived)
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var s3 = await FakeS3.StartAsync();
        var uploading = new TaskCompletionSource();
        s3.Answer = async put =>
        {
            if (arrived)
                put.Keep();
            uploading.TrySetResult();
            await put.HungUpAsync();
        };
        var killed = await StartAsync(database, s3);
        var ids = await CallAsync(killed.Url, 5);
        killed.Gateway.Signal(PosixSignal.SIGTERM);
        await uploading.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await killed.Gateway.KillAsync();

        s3.Answer = put => put.StoreAsync();
        var next = await StartAsync(database, s3);
        ids.AddRange(await CallAsync(next.Url, 3));
        (await next.Gateway.StopAsync()).Should().Be(0);

        await ShouldHoldAsync(s3, database, ids);
    }

    [Fact]
    public async Task Killed_at_any_moment_of_its_work_it_loses_nothing()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var s3 = await FakeS3.StartAsync();
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var ids = new List<string>();
        for (var kill = 0; kill < 4; kill++)
        {
            var running = await StartAsync(database, s3);
            var enough = random.Next(3, 60);
            var answered = new ConcurrentQueue<string>();
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var callers = Enumerable.Range(0, 3).Select(_ => CallUntilGoneAsync(running.Url, answered, enough, reached)).ToList();
            await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
            await running.Gateway.KillAsync();
            await Task.WhenAll(callers);
            ids.AddRange(answered);
        }

        var last = await StartAsync(database, s3);
        await database.LoggedAsync([.. ids]);
        (await last.Gateway.StopAsync()).Should().Be(0);

        await ShouldHoldAsync(s3, database, ids);
    }

    [Fact]
    public async Task A_store_that_refuses_harms_no_call_and_nothing_secret_is_logged()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var s3 = await FakeS3.StartAsync("token-hunter2");
        s3.Answer = put => put.RefuseAsync(403, "AccessDenied");
        var refused = await StartAsync(database, s3, ("AWS_SESSION_TOKEN", "token-hunter2"), ("LOG_LEVEL", "trace"));
        var ids = await CallAsync(refused.Url, 3);

        (await refused.Gateway.StopAsync()).Should().Be(0, "what could not be sent is sent by the next start");

        var said = string.Join('\n', refused.Gateway.Output.Concat(refused.Gateway.Errors));
        said.Should().Contain("S3 answered 403 AccessDenied").And.NotContainAny("hunter2", FakeS3.Id, "Signature=", "Say hello!");
        s3.Answer = put => put.StoreAsync();
        (await (await StartAsync(database, s3, ("AWS_SESSION_TOKEN", "token-hunter2"))).Gateway.StopAsync()).Should().Be(0);
        await ShouldHoldAsync(s3, database, ids);
    }

    [Fact]
    public async Task Credentials_may_be_where_AWS_keeps_them_and_their_lack_is_told()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var s3 = await FakeS3.StartAsync();
        (string, string)[] nowhere = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_EC2_METADATA_DISABLED", "true")];
        var without = await StartAsync(database, s3, nowhere);
        var ids = await CallAsync(without.Url, 2);
        (await without.Gateway.StopAsync()).Should().Be(0);
        without.Gateway.Output.Should().Contain(line => line.Contains("could not be sent to the archive (", StringComparison.Ordinal)
            && line.Contains("credentials", StringComparison.OrdinalIgnoreCase));
        s3.Puts.Should().BeEmpty();

        Directory.CreateDirectory(Path.Combine(Folder, ".aws"));
        await File.WriteAllTextAsync(
            Path.Combine(Folder, ".aws", "credentials"), $"[default]\naws_access_key_id = {FakeS3.Id}\naws_secret_access_key = {FakeS3.Secret}\n", Stop);
        var with = await StartAsync(database, s3, nowhere);
        (await with.Gateway.StopAsync()).Should().Be(0);

        await ShouldHoldAsync(s3, database, ids);
    }

    [Fact]
    public async Task Without_a_bucket_it_does_not_start_and_says_so_in_one_line()
    {
        var process = Start(gateway.DatabaseUrl, ("LOG_ARCHIVE", "s3"), ("ARCHIVE_S3_REGION", "eu-central-1"));

        (await process.EndedAsync()).Should().Be(1);
        process.Errors.Should().Equal("ARCHIVE_S3_BUCKET is not set: LOG_ARCHIVE=s3 needs it");
    }

    private async Task<(GatewayProcess Gateway, Uri Url)> StartAsync(TestDatabase database, FakeS3 s3, params (string, string)[] more)
    {
        var process = Start(database.Url, [.. s3.Settings, DataFolder("data"), .. more]);
        var url = await process.ListeningAsync();
        if (await database.ScalarAsync<long>("SELECT count(*) FROM api_keys WHERE name = 'Test Key'") == 0)
            await database.IssueKeyAsync(Key);
        return (process, url);
    }

    private async Task CallUntilGoneAsync(Uri url, ConcurrentQueue<string> answered, int enough, TaskCompletionSource reached)
    {
        try
        {
            while (true)
            {
                foreach (var id in await CallAsync(url, 2))
                    answered.Enqueue(id);
                if (answered.Count >= enough)
                    reached.TrySetResult();
            }
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            // It was killed: what became of this call the books say.
        }
    }

    private async Task<List<string>> CallAsync(Uri url, int calls)
    {
        var ids = new List<string>();
        for (var call = 0; call < calls; call++)
        {
            using var answer = await ChatAsync(url, stream: call % 2 == 1);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            await answer.Content.ReadAsStringAsync(Stop);
            ids.Add(RequestId(answer));
        }

        return ids;
    }

    private static async Task ShouldHoldAsync(FakeS3 s3, TestDatabase database, IReadOnlyList<string> ids)
    {
        var archived = ArchivedLines.ById(s3.Objects);
        archived.Keys.Should().Contain(ids);
        var rows = await database.RowsAsync("SELECT q.request_id, q.status_code, r.outcome FROM requests q JOIN responses r ON r.request_id_fk = q.id");
        rows.Select(row => (string)row[0]!).Should().BeEquivalentTo(archived.Keys, "after de-duplication each call is there once");
        foreach (var row in rows)
        {
            var line = archived[(string)row[0]!];
            line.GetProperty("request").GetProperty("status_code").GetInt32().Should().Be((int)row[1]!);
            line.GetProperty("response").GetProperty("outcome").GetString().Should().Be((string)row[2]!);
        }
    }
}
