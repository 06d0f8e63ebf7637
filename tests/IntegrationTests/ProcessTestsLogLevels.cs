using System.Net;
using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The gateway's own log: whose lines they are, and how much it tells.</summary>
public class ProcessTestsLogLevels(GatewayFixture gateway) : ProcessTest
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    public async Task Lines_say_whose_request_they_belong_to_and_an_admin_says_how_many_there_are()
    {
        await using var database = await TestDatabase.CreateAsync(gateway);
        await using var upstream = new FakeUpstream
        {
            Answer = async call =>
            {
                await call.BeginStreamAsync();
                await call.SayWordAsync("canary of an answer");
                call.Reset();
            },
        };
        var running = Start(
            database.Url, ("ADMIN_HTTP_PORT", "0"), ("UPSTREAM_ALLOW_CIDRS", "127.0.0.0/8"), ("OPENAI_API_KEY", "sk-x"), ("OPENAI_BASE_URL", upstream.Url.ToString()));
        var url = await running.ListeningAsync();
        var admin = await running.AdminListeningAsync();
        var owner = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "admin.token"), Stop)).Trim();
        var key = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "demo.key"), Stop)).Trim();
        await database.ExecuteAsync("UPDATE api_keys SET allowed_models = NULL");
        await database.ExecuteAsync("INSERT INTO models (model_name, litellm_provider, mode) VALUES ('gpt-4', 'openai', 'chat') ON CONFLICT DO NOTHING");
        var keyId = await database.ScalarAsync<Guid>("SELECT id FROM api_keys");

        // A stream that breaks off, in a trace that its caller has begun.
        string id = "";
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var broken = await StreamAsync(url, key);
                id = RequestId(broken);
                await broken.Content.CopyToAsync(Stream.Null, Stop).ContinueWith(static _ => { }, TaskScheduler.Default);
                return broken.StatusCode == HttpStatusCode.OK;
            },
            "the model is served");
        await Eventually.IsTrueAsync(() => Lines(running, id).Count > 0, "the end is told");
        foreach (var line in Lines(running, id))
        {
            line.GetProperty("TraceId").GetString().Should().Be(TraceId);
            line.GetProperty("Properties").GetProperty("KeyId").GetString().Should().Be(keyId.ToString());
        }

        Lines(running, id).Should().NotContain(line => line.GetProperty("Level").GetString() == "Debug");

        // More of one source, at once; then all of it, but for what is kept quiet; then as it was.
        (await SetAsync(admin, owner, """{"sources":{"CleanGateway.Application":"debug"},"expires_in_seconds":600}""")).Should().Contain("\"expires_at\":\"");
        var more = await ChatAsync(url, key);
        await Eventually.IsTrueAsync(
            () => Lines(running, RequestId(more)).Any(line => line.GetProperty("Level").GetString() == "Debug"), "the source tells more");
        Lines(running, RequestId(more)).Should().OnlyContain(line => Source(line).StartsWith("CleanGateway", StringComparison.Ordinal));

        (await SetAsync(admin, owner, """{"level":"trace"}""")).Should().Contain("\"level\":\"trace\"").And.Contain("\"expires_at\":null");
        var all = await ChatAsync(url, key);
        await Eventually.IsTrueAsync(
            () => Lines(running, RequestId(all)).Any(line => Source(line).StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)), "all tell more");
        Lines(running, RequestId(all)).Should().NotContain(line => Source(line).StartsWith("Microsoft.AspNetCore.Routing", StringComparison.Ordinal));

        (await SetAsync(admin, owner, "{}")).Should().Be("""{"level":"information","sources":{},"configured":"information","expires_at":null}""");
        using var less = await ChatAsync(url, key, model: "no-such-model");
        await Eventually.IsTrueAsync(() => Lines(running, RequestId(less)).Count > 0, "the refusal is told");
        Lines(running, RequestId(less)).Should().OnlyContain(line => line.GetProperty("Level").GetString() == "Information");
        string.Join('\n', running.Output).Should().NotContain("canary of an answer").And.NotContain("Say hello!");
    }

    private static async Task<HttpResponseMessage> StreamAsync(Uri url, string key)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { { "Authorization", $"Bearer {key}" }, { "traceparent", $"00-{TraceId}-00f067aa0ba902b7-01" } } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/v1/chat/completions"))
        {
            Content = new StringContent("""{"model":"gpt-4","stream":true,"messages":[{"role":"user","content":"Say hello!"}]}""", Encoding.UTF8, "application/json"),
        };
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    private async Task<string> SetAsync(Uri admin, string token, string body)
    {
        using var answer = await SendAsync(HttpMethod.Put, new Uri(admin, "/admin/log-levels"), token, new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await answer.Content.ReadAsStringAsync(Stop);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, text);
        return text;
    }

    /// <summary>The log's lines of a request.</summary>
    private static List<JsonElement> Lines(GatewayProcess running, string requestId) =>
    [
        .. running.Output.Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("Properties").TryGetProperty("RequestId", out var id) && id.GetString() == requestId),
    ];

    private static string Source(JsonElement line) => line.GetProperty("Properties").GetProperty("SourceContext").GetString()!;
}
