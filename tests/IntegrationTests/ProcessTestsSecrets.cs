using System.Net;
using System.Security.Cryptography;
using System.Text;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Fixtures;
using Npgsql;

namespace CleanGateway.IntegrationTests;

/// <summary>After a run in which everything secret was used and much went wrong, nothing secret is where it should not be.</summary>
[Collection(PrivateGatewayCollection.Name)]
public class ProcessTestsSecrets(PrivateGateway installed) : ProcessTest
{
    private const string ProviderKey = "sk-provider-hunter2";
    private const string TypedKey = "sk-typed-hunter2";
    private const string RedisPassword = "redis-hunter2";
    private const string Prompt = "prompt-hunter2";
    private const string Answer = "answer-hunter2";

    // Every file that is there to hold a secret, or the database itself.
    private static readonly string[] Keepers = ["admin.token", "demo.key", "master.key", "postgres.password"];

    [Fact]
    public async Task Nothing_secret_is_printed_or_written_anywhere_but_where_it_belongs()
    {
        var masterKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var clientKey = Secret.Generate(Secret.ApiKeyPrefix);
        await using var redis = await RedisServer.StartAsync(Folder, RedisPassword);
        await using var upstream = new FakeUpstream();
        await using var running = installed.Start(
            ("LOG_LEVEL", "trace"), ("GATEWAY_MASTER_KEY", $"{masterKey},{installed.ReadSecret("master.key")}"), ("OPENAI_API_KEY", ProviderKey), ("OPENAI_BASE_URL", $"{upstream.Url}"),
            ("REDIS_ADDRESS", redis.Address), ("REDIS_PASSWORD", RedisPassword), ("ADMIN_HTTP_PORT", "0"), ("UPSTREAM_ALLOW_CIDRS", "127.0.0.0/8"));
        var url = await running.ListeningAsync();
        await using (var database = await installed.OpenDatabaseAsync())
        {
            await database.ExecuteAsync("INSERT INTO api_keys (name, key_hash) VALUES ('sweep', $1)", Stop, Secret.Hash(clientKey));
            await EverythingAsync(url, clientKey, upstream);
            await MistakesAsync(url, clientKey, database, upstream);
            await FailingStatementsAsync(url, clientKey, database, running);
            await database.ExecuteAsync("DELETE FROM providers", Stop);
        }

        (await running.StopAsync()).Should().Be(0);

        string[] secrets =
        [
            "hunter2", masterKey, clientKey, installed.AdminToken, installed.DemoKey, installed.ReadSecret("master.key"),
            installed.ReadSecret("postgres.password"),
        ];
        running.Output.Should().HaveCountGreaterThan(100, "the log was at its loudest");
        ShouldHoldNone(secrets, "the output", string.Join('\n', [.. running.Output, .. running.Errors]));
        foreach (var (file, text) in await FilesAsync())
            ShouldHoldNone(secrets, file, text);
    }

    private async Task EverythingAsync(Uri url, string key, FakeUpstream upstream)
    {
        upstream.Answer = call => call.Request.WantsStream ? call.StreamAsync(Answer) : call.CompleteAsync(Answer);
        await Eventually.IsTrueAsync(async () => await StatusAsync(url, key) == HttpStatusCode.OK, "the provider answers");
        using var streamed = await ChatAsync(url, key, "gpt-4o-mini", Prompt, stream: true);
        (await streamed.Content.ReadAsStringAsync(Stop)).Should().Contain(Answer);
        using var books = await GetAsync(url, "/api/requests", installed.AdminToken);
        books.StatusCode.Should().Be(HttpStatusCode.OK);
        using var demo = await ChatAsync(url, installed.DemoKey, content: Prompt);
        demo.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private async Task MistakesAsync(Uri url, string key, NpgsqlDataSource database, FakeUpstream upstream)
    {
        // A provider that quotes the key it was given, one that hangs up, and bodies that cannot be read.
        upstream.Answer = call => call.RespondAsync(401, $$$"""{"error":{"message":"Incorrect API key: {{{ProviderKey}}} {{{Prompt}}}"}}""");
        (await StatusAsync(url, key)).Should().Be(HttpStatusCode.BadGateway);
        upstream.Answer = call =>
        {
            call.Reset();
            return Task.CompletedTask;
        };
        (await StatusAsync(url, key)).Should().Be(HttpStatusCode.BadGateway);
        using var malformed = await SendAsync(
            HttpMethod.Post, new Uri(url, "/v1/chat/completions"), key,
            new StringContent($$"""{"model": "{{Prompt}}", "messages": {{Prompt}} """, Encoding.UTF8, "application/json"));
        malformed.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        using var stranger = await ChatAsync(url, TypedKey);
        stranger.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        using var inTheAddress = await GetAsync(url, $"/v1/models?api_key={TypedKey}", key);
        using var wrongToken = await GetAsync(url, "/api/requests", TypedKey);
        wrongToken.StatusCode.Should().Be(HttpStatusCode.Unauthorized);

        // Rows that an operator has typed wrongly, with secrets in the wrong places.
        await database.ExecuteAsync(
            """
            INSERT INTO providers (name, provider_type, encrypted_credentials, config) VALUES
            ('one', 'openai', '{"api_key": "sk-typed-hunter2"', '{}'),
            ('two', 'openai', '{"api_kee": "sk-typed-hunter2"}', '{}'),
            ('three', 'openai', NULL, '{"base_url": "https://user:sk-typed-hunter2@example.com/v1"}'),
            ('four', 'openai', NULL, '{"api_key": "sk-typed-hunter2"}')
            """, Stop);
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var health = await GetAsync(url, "/api/health");
                return (await JsonAsync(health)).GetProperty("configuration").GetString() == "invalid";
            },
            "the wrong rows are noticed");
        await database.ExecuteAsync("DELETE FROM providers WHERE name IN ('one', 'two', 'three', 'four')", Stop);
    }

    // Failing statements are where PostgreSQL's own log and Npgsql's errors could show what was to be written.
    private async Task FailingStatementsAsync(Uri url, string key, NpgsqlDataSource database, GatewayProcess running)
    {
        await database.ExecuteAsync("ALTER TABLE requests RENAME TO requests_away", Stop);
        var held = ChatAsync(url, key, content: Prompt);
        await Eventually.IsTrueAsync(() => running.Output.Any(line => line.Contains("could not be written", StringComparison.Ordinal)), "writing has failed");
        await database.ExecuteAsync("ALTER TABLE requests_away RENAME TO requests", Stop);
        using var answer = await held;
        answer.StatusCode.Should().Be(HttpStatusCode.OK);

        foreach (var type in new[] { "NULL", "openai" })
        {
            var refused = () => database.ExecuteAsync(
                $"INSERT INTO providers (name, provider_type, encrypted_credentials) VALUES ('five', {type}, '{{\"api_key\": \"{TypedKey}\"}}')", Stop);
            await refused.Should().ThrowAsync<PostgresException>();
        }
    }

    private async Task<HttpStatusCode> StatusAsync(Uri url, string key)
    {
        using var answer = await ChatAsync(url, key, "gpt-4o-mini", Prompt);
        return answer.StatusCode;
    }

    /// <summary>Everything under the data folder, and where the cluster is, but for what is there to hold secrets.</summary>
    private async Task<IEnumerable<(string File, string Text)>> FilesAsync()
    {
        var home = PrivateGateway.Home(installed.DataFolder);
        var files = Directory.GetFiles(installed.DataFolder, "*", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(home, "*", SearchOption.AllDirectories)).Distinct()
            .Where(file => !Keepers.Contains(Path.GetFileName(file)) && !IsOfTheTables(file, home)).ToList();
        files.Should().Contain(file => file.Contains("/log/postgresql-", StringComparison.Ordinal), "PostgreSQL's log is looked at too");
        return await Task.WhenAll(files.Select(async file => (file, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Stop)))));
    }

    // Prompts and answers belong in the tables, and in the journal on their way there: they are what the log of exchanges is for.
    private bool IsOfTheTables(string file, string home) =>
        file.StartsWith(Path.Combine(installed.DataFolder, "journal") + "/", StringComparison.Ordinal) ||
        new[] { "base", "pg_wal", "global" }.Any(folder => file.StartsWith(Path.Combine(home, "cluster", folder) + "/", StringComparison.Ordinal));

    private static void ShouldHoldNone(string[] secrets, string where, string text)
    {
        foreach (var secret in secrets)
        {
            var at = text.IndexOf(secret, StringComparison.Ordinal);
            at.Should().Be(-1, "{0} holds a secret: {1}", where, at < 0 ? "" : text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 40)]);
        }
    }
}
