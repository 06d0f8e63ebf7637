using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Security;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary><c>cleangateway secrets</c>: another master key while gateways run.</summary>
public class ProcessTestsRotation(GatewayFixture gateway) : ProcessTest
{
    private readonly string oldKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly string newKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public async Task The_gateways_own_key_is_replaced_while_calls_go_on_and_none_of_them_fails()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = KeyedUpstream();
        (string, string)[] environment = [("DATABASE_URL", database.Url.Reveal()), DataFolder("data"), ("ADMIN_HTTP_PORT", "0")];
        await using var running = Start(environment);
        var url = await running.ListeningAsync();
        await PrepareAsync(database, upstream);
        using var first = await MakeProjectAsync(running);
        var before = await database.ScalarAsync<string>("SELECT id FROM master_keys");

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var calls = CallAsync(url, enough.Token);
        var planned = await RunToEndAsync("secrets rotate --dry-run", environment);
        var rotated = await RunToEndAsync("secrets rotate", environment);
        var statuses = await StatusesAfterAsync(calls, upstream, enough);

        planned.ExitCode.Should().Be(0, string.Join(' ', planned.Errors));
        planned.Output.Should().Equal("1 credentials would be put under a new key; nothing was changed");
        rotated.ExitCode.Should().Be(0, string.Join(' ', rotated.Errors));
        statuses.Should().OnlyContain(status => status == HttpStatusCode.OK).And.HaveCountGreaterThan(5);
        var after = await database.ScalarAsync<string>("SELECT id FROM master_keys WHERE retired_at IS NULL");
        after.Should().NotBe(before);
        rotated.Output.Should().Contain($"Not needed any more, and may be removed from where the keys are kept: {before}");
        (await KeysOfCredentialsAsync(database)).Should().Equal(after);

        // Without the old key: as an operator would take it away, and start again.
        var file = Path.Combine(Folder, "data", "master.key");
        var lines = await File.ReadAllLinesAsync(file, Stop);
        lines.Select(Id).Should().Equal(after, before);
        File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await running.StopAsync()).Should().Be(0);
        await File.WriteAllTextAsync(file, lines[0], Stop);
        await using var again = Start(environment);
        using var answer = await ChatAsync(await again.ListeningAsync(), model: "gpt-4");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        using var repeated = await MakeProjectAsync(again);
        repeated.Headers.Contains("Idempotent-Replayed").Should().BeTrue("what was answered is under the new key, too");
        (await repeated.Content.ReadAsStringAsync(Stop)).Should().Be(await first.Content.ReadAsStringAsync(Stop));

        (await database.RowsAsync("SELECT action, target_id FROM audit_log WHERE target_type = 'master_key' ORDER BY id")).Select(row => $"{row[0]} {row[1]}")
            .Should().Equal($"register_master_key {before}", $"rotate_secrets {after}", $"rotate_secrets {after}", $"rotate_secrets {before}");
    }

    /// <summary>The same each time, with one idempotency key.</summary>
    private async Task<HttpResponseMessage> MakeProjectAsync(GatewayProcess running)
    {
        using var body = new StringContent("""{"name":"team"}""", System.Text.Encoding.UTF8, "application/json");
        body.Headers.Add("Idempotency-Key", "once");
        var token = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "admin.token"), Stop)).Trim();
        var answer = await SendAsync(HttpMethod.Post, new Uri(await running.AdminListeningAsync(), "/admin/projects"), token, body);
        answer.StatusCode.Should().Be(HttpStatusCode.Created);
        return answer;
    }

    [Fact]
    public async Task As_long_as_one_of_two_gateways_lacks_the_new_key_nothing_is_sealed_with_it_and_the_gateway_is_named()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = KeyedUpstream();
        var file = Path.Combine(Folder, "keys");
        await File.WriteAllTextAsync(file, oldKey, Stop);
        await using var reading = Start(database.Url, DataFolder("reading"), ("GATEWAY_MASTER_KEY_FILE", file));
        await using var fixedTo = Start(database.Url, DataFolder("fixed"), ("GATEWAY_MASTER_KEY", oldKey));
        await reading.ListeningAsync();
        await fixedTo.ListeningAsync();
        await PrepareAsync(database, upstream);
        (string, string)[] command = [("DATABASE_URL", database.Url.Reveal()), DataFolder("command"), ("GATEWAY_MASTER_KEY_FILE", file)];

        var withoutKey = await RunToEndAsync("secrets rotate", command);
        await File.WriteAllTextAsync(file, $"{newKey}\n{oldKey}\n", Stop);
        var refused = await RunToEndAsync("secrets rotate --wait 5", command);

        withoutKey.ExitCode.Should().Be(1);
        withoutKey.Errors.Should().ContainSingle().Which.Should().StartWith("There is no new master key");
        refused.ExitCode.Should().Be(1);
        refused.Errors.Should().Equal($"gateway {await GatewayWithoutAsync(database, Id(newKey))} does not use {Id(newKey)}");
        refused.Output.Should().Equal($"1 gateways do not use {Id(newKey)}: give it to them, and run this again");
        (await KeysOfCredentialsAsync(database)).Should().Equal(Id(oldKey));
        (await StatusAsync(command, Id(newKey))).Should().Be("pending");

        await fixedTo.StopAsync();
        await using var restarted = Start(database.Url, DataFolder("fixed"), ("GATEWAY_MASTER_KEY", $"{newKey},{oldKey}"));
        var url = await restarted.ListeningAsync();
        var done = await RunToEndAsync("secrets rotate", command);

        done.ExitCode.Should().Be(0, string.Join(' ', done.Errors.Concat(done.Output)));
        (await KeysOfCredentialsAsync(database)).Should().Equal(Id(newKey));
        (await StatusAsync(command, Id(newKey)), await StatusAsync(command, Id(oldKey))).Should().Be(("active", "retired"));
        using var answer = await ChatAsync(url, model: "gpt-4");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Killed_in_the_middle_of_rewrapping_it_goes_on_and_each_credential_opens_with_exactly_one_key()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using (var first = Start(database.Url, ("GATEWAY_MASTER_KEY", oldKey)))
            await first.ListeningAsync();
        var plain = await SealedProvidersAsync(database, count: 120);
        (string, string)[] command = [("DATABASE_URL", database.Url.Reveal()), ("GATEWAY_MASTER_KEY", $"{newKey} {oldKey}")];

        // It stops at a row that is locked, in the third batch: two have been committed, nothing of the third has.
        await using (var blocking = await database.Source.OpenConnectionAsync(Stop))
        await using (var transaction = await blocking.BeginTransactionAsync(Stop))
        {
            await using (var hold = blocking.CreateCommand())
            {
                hold.CommandText = "SELECT FROM providers WHERE id = (SELECT id FROM providers ORDER BY id OFFSET 110 LIMIT 1) FOR UPDATE";
                await hold.ExecuteNonQueryAsync(Stop);
            }

            var killed = Run(["secrets", "rotate"], command);
            await Eventually.IsTrueAsync(
                () => database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"),
                "the rotation has come to the row that is locked");
            await killed.KillAsync();
        }

        await Eventually.IsTrueAsync(
            async () => !await database.ScalarAsync<bool>(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'UPDATE providers%' AND state <> 'idle')"),
            "the database has noticed");
        (await OpenedByAsync(database, plain)).Should().BeEquivalentTo(new Dictionary<string, int> { [Id(newKey)] = 100, [Id(oldKey)] = 20 });
        var again = await RunToEndAsync("secrets rotate --json", command);

        again.ExitCode.Should().Be(0, string.Join(' ', again.Errors));
        var report = JsonDocument.Parse(string.Join('\n', again.Output)).RootElement;
        (report.GetProperty("state").GetString(), report.GetProperty("credentials").GetInt32()).Should().Be(("complete", 20));
        (await OpenedByAsync(database, plain)).Should().BeEquivalentTo(new Dictionary<string, int> { [Id(newKey)] = 120 });
        (await database.ScalarAsync<long>("SELECT count(*) FROM master_keys")).Should().Be(2, "it made no third key");
    }

    [Fact]
    public async Task A_lost_key_is_given_up_by_name_and_only_what_it_had_sealed_goes_with_it()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = KeyedUpstream();
        (string, string)[] command = [("DATABASE_URL", database.Url.Reveal())];
        await using (var running = Start(database.Url, ("GATEWAY_MASTER_KEY", oldKey)))
        {
            await running.ListeningAsync();
            await PrepareAsync(database, upstream);
            await Eventually.IsTrueAsync(async () => await database.ScalarAsync<long>("SELECT count(*) FROM gateway_instances") == 1, "its heart beats");
            var inUse = await RunToEndAsync($"secrets forget {Id(oldKey)} --yes", command);
            inUse.ExitCode.Should().Be(1);
            inUse.Errors.Should().ContainSingle().Which.Should().Contain("is not lost").And.Contain($"{await GatewayWithoutAsync(database, Id(newKey))}");
        }

        var unknown = await RunToEndAsync("secrets forget 12345678 --yes", command);
        var asked = await RunToEndAsync($"secrets forget {Id(oldKey)}", command);
        var stillThere = await KeysOfCredentialsAsync(database);
        var done = await RunToEndAsync($"secrets forget {Id(oldKey)} --yes", command);

        unknown.ExitCode.Should().Be(1);
        (asked.ExitCode, asked.Output[0]).Should().Be((1, "openai-main"));
        stillThere.Should().Equal([Id(oldKey)], "it was only asked what would be lost");
        (done.ExitCode, done.Output[0]).Should().Be((0, "openai-main"));
        (await database.RowsAsync("SELECT encrypted_credentials FROM providers")).Should().ContainSingle().Which[0].Should().BeNull();
        (await database.RowsAsync("SELECT target_type FROM audit_log WHERE action = 'forget_master_key' ORDER BY id")).Select(row => (string)row[0]!)
            .Should().Equal("master_key", "provider");
        await using var next = Start(database.Url, ("GATEWAY_MASTER_KEY", newKey));
        await next.ListeningAsync();
        (await database.ScalarAsync<string>("SELECT id FROM master_keys")).Should().Be(Id(newKey));
    }

    private static string Id(string key) => MasterKey.TryParse(key, out var parsed) ? parsed.Id : throw new ArgumentException("no key");

    private static Task<Guid> GatewayWithoutAsync(TestDatabase database, string key) =>
        database.ScalarAsync<Guid>("SELECT id FROM gateway_instances WHERE NOT $1 = ANY (master_keys)", key);

    // As a provider would, it lets nobody in without the key.
    private static FakeUpstream KeyedUpstream()
    {
        var upstream = new FakeUpstream();
        upstream.Answer = call => call.Request.Headers["Authorization"] == "Bearer sk-upstream-secret"
            ? call.CompleteAsync("Hello there")
            : call.RespondAsync(401, "{}");
        return upstream;
    }

    private static async Task PrepareAsync(TestDatabase database, FakeUpstream upstream)
    {
        await database.IssueKeyAsync(Key);
        await database.ServeAsync(upstream);
        await Eventually.IsTrueAsync(
            async () => (await database.ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).StartsWith("enc:", StringComparison.Ordinal), "sealed");
    }

    private static async Task<IEnumerable<string>> KeysOfCredentialsAsync(TestDatabase database) =>
        (await database.RowsAsync("SELECT DISTINCT split_part(encrypted_credentials, ':', 3) FROM providers")).Select(row => (string)row[0]!);

    private async Task<string?> StatusAsync((string, string)[] command, string key)
    {
        var run = await RunToEndAsync("secrets status --json", command);
        return JsonDocument.Parse(string.Join('\n', run.Output)).RootElement.GetProperty("master_keys").EnumerateArray()
            .Single(item => item.GetProperty("id").GetString() == key).GetProperty("state").GetString();
    }

    private async Task<List<HttpStatusCode>> CallAsync(Uri url, CancellationToken enough)
    {
        var statuses = new List<HttpStatusCode>();
        while (!enough.IsCancellationRequested)
        {
            using var answer = await ChatAsync(url, model: "gpt-4");
            statuses.Add(answer.StatusCode);
        }

        return statuses;
    }

    // Some more calls after the last step, which is what they might not survive.
    private static async Task<List<HttpStatusCode>> StatusesAfterAsync(
        Task<List<HttpStatusCode>> calls, FakeUpstream upstream, CancellationTokenSource enough)
    {
        var until = upstream.Requests.Count + 5;
        await Eventually.IsTrueAsync(() => upstream.Requests.Count >= until, "calls go on");
        await enough.CancelAsync();
        return await calls;
    }

    /// <returns>Each provider's credentials in plain text.</returns>
    private async Task<Dictionary<Guid, string>> SealedProvidersAsync(TestDatabase database, int count)
    {
        var cipher = Holding(oldKey);
        var plain = new Dictionary<Guid, string>();
        for (var number = 0; number < count; number++)
        {
            var id = Guid.NewGuid();
            plain[id] = $$"""{"api_key": "sk-{{number}}"}""";
            await database.ExecuteAsync(
                "INSERT INTO providers (id, name, provider_type, encrypted_credentials, enabled) VALUES ($1, $2, 'openai', $3, $4)",
                id, $"provider-{number}", cipher.Seal(plain[id], Binding(id)), number % 2 == 0);
        }

        return plain;
    }

    /// <returns>How many credentials each key opens. Each has to be opened by exactly one.</returns>
    private async Task<Dictionary<string, int>> OpenedByAsync(TestDatabase database, Dictionary<Guid, string> plain)
    {
        var counts = new Dictionary<string, int>();
        foreach (var row in await database.RowsAsync("SELECT id, encrypted_credentials FROM providers"))
        {
            var (id, text) = ((Guid)row[0]!, (string)row[1]!);
            var opening = new[] { oldKey, newKey }.Where(key => !Holding(key).IsSealedByAnother(text)).ToList();
            opening.Should().ContainSingle();
            Holding(opening[0]).Open(text, Binding(id)).Should().Be(plain[id]);
            counts[Id(opening[0])] = counts.GetValueOrDefault(Id(opening[0])) + 1;
        }

        return counts;
    }

    private static CredentialCipher Holding(string key) => new(new EnvelopeCipher(
        MasterKeys.Of(MasterKey.TryParse(key, out var parsed) ? parsed : throw new ArgumentException("no key"))));

    private static CredentialBinding Binding(Guid id) => new(new ProviderId(id), "openai", "https://api.openai.com");
}
