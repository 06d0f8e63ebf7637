using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Telemetry;

namespace CleanGateway.IntegrationTests;

/// <summary>
/// Every kind of secret is planted, every endpoint is asked, well and badly; then everything that is kept, said or sent
/// anywhere is searched for the secrets.
/// </summary>
public partial class ProcessTestsCanaries(GatewayFixture gateway) : ProcessTest
{
    private const string ProviderKey = "sk-canary-of-the-provider-7Hq2";
    private const string DatabasePassword = "canary-of-the-database-9xK4";
    private const string CollectorCredential = "canary-of-the-collector-5vR1";
    private const string Prompt = "canary-of-a-prompt-3pZ8";
    private const string User = "canary_user";

    private readonly string masterKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
    private readonly List<string> answers = [];
    private readonly List<string> secrets = [];

    [Fact]
    public async Task No_secret_is_anywhere_but_where_it_belongs()
    {
        await gateway.Database.ExecuteAsync($"CREATE ROLE {User} SUPERUSER LOGIN PASSWORD '{DatabasePassword}'", Stop);
        try
        {
            await SweepAsync();
        }
        finally
        {
            await gateway.Database.ExecuteAsync($"DROP ROLE {User}", Stop);
        }
    }

    private async Task SweepAsync()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream();
        await using var s3 = await FakeS3.StartAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        var running = Start(
            TestDatabase.At(database.Url, user: User, password: DatabasePassword),
            [("LOG_LEVEL", "trace"), ("GATEWAY_MASTER_KEY", masterKey), ("ADMIN_HTTP_PORT", "0"), ("UPSTREAM_ALLOW_CIDRS", "127.0.0.0/8"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url.ToString()), ("OTEL_EXPORTER_OTLP_HEADERS", $"x-credential={CollectorCredential}"),
            ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"), .. s3.Settings]);
        var url = await running.ListeningAsync();
        var admin = await running.AdminListeningAsync();
        var owner = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "admin.token"), Stop)).Trim();
        var demo = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "demo.key"), Stop)).Trim();

        var key = await MakeAsync(admin, owner, "/admin/keys", """{"name":"canary"}""");
        var token = await MakeAsync(admin, owner, "/admin/tokens", """{"name":"canary","role":"viewer"}""");
        secrets.AddRange([masterKey, owner, demo, key, token, ProviderKey, DatabasePassword, FakeS3.Secret, CollectorCredential]);
        await AskAsync(
            HttpMethod.Post, admin, "/admin/providers", owner,
            $$$"""{"name":"canary","provider_type":"openai","config":{"base_url":"{{{upstream.Url}}}"},"credentials":{"api_key":"{{{ProviderKey}}}"}}""",
            HttpStatusCode.Created);

        await CallAsync(url, key, upstream);
        await EveryEndpointAsync(url, admin, owner, key);
        await MistakesAsync(url, admin, key, token);
        (await running.StopAsync()).Should().Be(0);

        ShouldHoldNone("the output", string.Join('\n', [.. running.Output, .. running.Errors]));
        foreach (var answer in answers)
            ShouldHoldNone("an answer", answer);
        foreach (var (table, text) in await TablesAsync(database))
            ShouldHoldNone($"the table {table}", text);
        foreach (var (file, text) in await FilesAsync())
            ShouldHoldNone(file, text);
        s3.Objects.Should().NotBeEmpty();
        foreach (var (name, bytes) in s3.Objects)
            ShouldHoldNone($"the archive's {name}", Unpacked(name, bytes));
        collector.Requests.Should().NotBeEmpty().And.OnlyContain(request => request.Credential == CollectorCredential);
        collector.Everything.Should().Contain(Prompt, "the search sees what is there");
        ShouldHoldNone("what went to the collector", collector.Everything);
        ShouldHoldNoneButItsOwn(upstream);
    }

    private async Task CallAsync(Uri url, string key, FakeUpstream upstream)
    {
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var answer = await ChatAsync(url, key, "gpt-4o-mini", Prompt);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the provider answers");
        foreach (var stream in (bool[])[false, true])
        {
            using var answer = await ChatAsync(url, key, "gpt-4o-mini", Prompt, stream);
            await KeepAsync(answer);
        }

        // A provider that quotes the credential it was sent, in its body and in its headers.
        upstream.Answer = call => call.RespondAsync(401, $$$"""{"error":{"message":"Incorrect API key provided: {{{ProviderKey}}}","code":"invalid_api_key"}}""");
        using var refused = await ChatAsync(url, key, "gpt-4o-mini", Prompt);
        refused.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        await KeepAsync(refused);
        upstream.Answer = FakeUpstream.AnswerHelloAsync;
    }

    private async Task EveryEndpointAsync(Uri url, Uri admin, string owner, string key)
    {
        foreach (var route in Route.All(gateway))
        {
            var listener = route.IsAdmin ? admin : url;
            foreach (var body in route.Method is "POST" or "PUT" or "PATCH" ? (string?[])["{}", """{"name":7,"api_key":{}}""", "[", Bodies(route)] : [null])
                await AskAsync(new HttpMethod(route.Method), listener, route.Path, route.NeedsClientKey ? key : owner, body);
        }

        // Lists show what was planted.
        foreach (var list in (string[])["keys", "tokens", "providers", "models", "aliases", "projects", "requests", "responses", "audit", "config", "partitions", "usage", "log-levels"])
            await AskAsync(HttpMethod.Get, admin, $"/admin/{list}", owner, body: null, HttpStatusCode.OK);
        await AskAsync(HttpMethod.Get, admin, "/metrics", owner, body: null, HttpStatusCode.OK);
    }

    private static string Bodies(Route route) => route.NeedsClientKey
        ? $$"""{"model":"gpt-4o-mini","max_tokens":5,"input":"{{Prompt}}","messages":[{"role":"user","content":"{{Prompt}}"}]}"""
        : "null";

    private async Task MistakesAsync(Uri url, Uri admin, string key, string token)
    {
        foreach (var (listener, path, secret) in new[]
        {
            (url, "/v1/models", token), (admin, "/admin/projects", key), (url, "/v1/models", key[..^1]), (admin, "/admin/projects", token[..^1]),
            (url, $"/v1/models?api_key={key}", "nobody"), (url, $"/v1/{key}", key), (admin, $"/admin/{token}", token), (admin, $"/admin/projects/{token}", token),
        })
        {
            await AskAsync(HttpMethod.Get, listener, path, secret, body: null);
        }

        // The web server tells of lines that it cannot read, if it is asked to.
        foreach (var lines in new[] { $"GET /v1/models?api_key={key} nonsense", $"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization Bearer {key}" })
        {
            using var connection = await RawConnection.OpenAsync(url, Stop);
            await connection.SendRawAsync(lines + "\r\n\r\n", Stop);
            (await connection.ReadAsync(Stop)).StatusLine.Should().MatchRegex("^HTTP/1.1 (400|505) ");
        }
    }

    private async Task<string> MakeAsync(Uri admin, string owner, string path, string body)
    {
        using var answer = await SendAsync(HttpMethod.Post, new Uri(admin, path), owner, Json(body));
        answer.StatusCode.Should().Be(HttpStatusCode.Created);
        return SecretInside().Match(await answer.Content.ReadAsStringAsync(Stop)).Value;
    }

    private async Task AskAsync(HttpMethod method, Uri url, string path, string secret, string? body, HttpStatusCode? expected = null)
    {
        using var answer = await SendAsync(method, new Uri(url, path), secret, body is null ? null : Json(body));
        if (expected is { } status)
            answer.StatusCode.Should().Be(status, await answer.Content.ReadAsStringAsync(Stop));

        await KeepAsync(answer);
    }

    private async Task KeepAsync(HttpResponseMessage answer) =>
        answers.Add($"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri!.AbsolutePath[..Math.Min(20, answer.RequestMessage.RequestUri.AbsolutePath.Length)]} {(int)answer.StatusCode}\n"
            + $"{answer.Headers}{answer.Content.Headers}\n{await answer.Content.ReadAsStringAsync(Stop)}");

    /// <summary>Every row of every table, as text.</summary>
    private static async Task<IReadOnlyList<(string Table, string Text)>> TablesAsync(TestDatabase database)
    {
        var tables = await database.RowsAsync(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition");
        var texts = new List<(string, string)>();
        foreach (var table in tables.Select(row => (string)row[0]!))
            texts.Add((table, string.Join('\n', (await database.RowsAsync($"SELECT t::text FROM {table} t")).Select(row => (string)row[0]!))));

        texts.Should().Contain(table => table.Item1 == "requests" && table.Item2.Contains(Prompt, StringComparison.Ordinal), "the search sees what is there");
        texts.Should().Contain(table => table.Item1 == "audit_log" && table.Item2.Contains("create_provider", StringComparison.Ordinal));
        return texts;
    }

    /// <summary>Everything in the data folder, but for the files that are there to hold secrets.</summary>
    private async Task<IReadOnlyList<(string File, string Text)>> FilesAsync()
    {
        var files = Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) is not ("admin.token" or "demo.key")).ToList();
        return [.. await Task.WhenAll(files.Select(async file => (file, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Stop)))))];
    }

    private static string Unpacked(string name, byte[] bytes)
    {
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
            return Encoding.UTF8.GetString(bytes);

        using var text = new StreamReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
        return text.ReadToEnd();
    }

    // Its own key goes to a provider in one header, and nothing else of anyone's goes there at all.
    private void ShouldHoldNoneButItsOwn(FakeUpstream upstream)
    {
        upstream.Requests.Should().NotBeEmpty();
        foreach (var request in upstream.Requests)
        {
            request.Headers["Authorization"].Should().Be($"Bearer {ProviderKey}");
            var rest = request.Headers.Where(header => header.Key != "Authorization").Select(header => $"{header.Key}: {header.Value}");
            ShouldHoldNone("what went to the provider", $"{request.Path}\n{string.Join('\n', rest)}\n{request.Body}");
        }
    }

    private void ShouldHoldNone(string where, string text)
    {
        foreach (var secret in secrets)
        {
            var at = text.IndexOf(secret, StringComparison.Ordinal);
            at.Should().Be(-1, "{0} holds a secret: {1}", where, at < 0 ? "" : text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 10)]);
        }
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    [GeneratedRegex("gwa?_[0-9A-Za-z]{49}")]
    private static partial Regex SecretInside();
}
