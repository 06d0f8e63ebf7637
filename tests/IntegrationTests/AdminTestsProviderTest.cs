using System.Net;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Providers that are tried out: by the same way as their calls, and nothing is told but the class of the answer.</summary>
public class AdminTestsProviderTest(GatewayFixture gateway) : AdminTest(gateway)
{
    private const string Words = "the words of the upstream";

    [Fact]
    public async Task Without_a_model_the_list_of_models_is_asked_for_with_the_credential()
    {
        Upstream.Answer = call => call.RespondAsync(200, $$"""{"data":["{{Words}}"]}""", headers: $"X-Words: {Words}");

        var (outcome, status, text) = await TestAsync(await MakeAsync());

        (outcome, status).Should().Be(("ok", 200));
        text.Should().NotContain(Words);
        (Upstream.Request.Path, Upstream.Request.Headers["Authorization"]).Should().Be(("/v1/models", "Bearer sk-upstream-secret-1234"));
    }

    [Fact]
    public async Task With_a_model_it_is_asked_for_one_token_by_its_own_name_and_nobody_pays()
    {
        var id = await MakeAsync();
        await CreateAsync("models", """{"name":"big","litellm_provider":"openai","upstream_model":"gpt-real","input_cost_per_token":1,"output_cost_per_token":1}""");

        var (outcome, status, _) = await TestAsync(id, """{"model":"big"}""");

        (outcome, status).Should().Be(("ok", 200));
        var body = JsonDocument.Parse(Upstream.Request.Body).RootElement;
        (body.GetProperty("model").GetString(), body.GetProperty("max_completion_tokens").GetInt32()).Should().Be(("gpt-real", 1));
        (await ScalarAsync<long>("SELECT (SELECT count(*) FROM requests) + (SELECT count(*) FROM usage_records)")).Should().Be(0);
        (await AuditAsync(id)).Select(row => (row[0], row[1], row[2], row[4])).Should().Equal(
            ("create_provider", "provider", "main", "admin_token"), ("test_provider", "provider", "main", "admin_token"));
    }

    [Fact]
    public async Task A_model_that_an_alias_ties_to_the_provider_is_asked_for_by_itself_even_when_it_is_switched_off()
    {
        var id = await MakeAsync();
        await CreateAsync("models", """{"name":"big","litellm_provider":"openai"}""");
        await CreateAsync("aliases", """{"alias":"best","model":"big","provider":"main"}""");
        await PatchAsync($"providers/{id}", """{"enabled":false}""");

        (await TestAsync(id)).Outcome.Should().Be("ok");
        (await TestAsync(id, """{"model":"best"}""")).Outcome.Should().Be("ok");

        Upstream.Requests.Select(request => JsonDocument.Parse(request.Body).RootElement.GetProperty("model").GetString()).Should().Equal("big", "big");
    }

    [Theory]
    [InlineData(401, "unauthorized")]
    [InlineData(403, "unauthorized")]
    [InlineData(404, "not_found")]
    [InlineData(429, "rate_limited")]
    [InlineData(400, "refused")]
    [InlineData(422, "refused")]
    [InlineData(500, "error")]
    [InlineData(503, "error")]
    [InlineData(302, "error")]
    public async Task Only_the_class_of_a_refusal_is_told(int answered, string expected)
    {
        await using var elsewhere = new FakeUpstream();
        Upstream.Answer = call => call.RespondAsync(
            answered, $$$"""{"error":{"message":"{{{Words}}}","code":"x"}}""", headers: [$"X-Words: {Words}", $"Location: {elsewhere.Url}"]);
        var id = await MakeAsync();

        foreach (var body in (string?[])[null, """{"model":"gpt-real"}"""])
        {
            var (outcome, status, text) = await TestAsync(id, body);

            (outcome, status).Should().Be((expected, answered), $"that is the class with {body}");
            text.Should().NotContain(Words).And.NotContain("sk-upstream");
        }

        elsewhere.Connections.Should().Be(0, "redirects are not followed");
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/plain")]
    public async Task A_page_for_people_is_no_provider(string type)
    {
        Upstream.Answer = call => call.RespondAsync(200, "<html>", contentType: type);

        (await TestAsync(await MakeAsync())).Outcome.Should().Be("error");
    }

    [Fact]
    public async Task What_hangs_up_or_is_not_there_is_unreachable()
    {
        Upstream.Answer = call =>
        {
            call.Reset();
            return Task.CompletedTask;
        };
        var id = await MakeAsync();

        (await TestAsync(id)).Outcome.Should().Be("unreachable");
        (await TestAsync(id, """{"model":"m"}""")).Outcome.Should().Be("unreachable");
        await PatchAsync($"providers/{id}", """{"config":{"base_url":"http://127.0.0.1:1/v1"},"credentials":{"api_key":"k"}}""");
        (await TestAsync(id)).Outcome.Should().Be("unreachable");
    }

    /// <summary>Where nobody has opened the way.</summary>
    [Theory]
    [InlineData("http://127.0.0.1:{0}/v1")]
    [InlineData("http://localhost:{0}/v1")]
    [InlineData("http://0.0.0.0:{0}/v1")]
    [InlineData("http://2130706433:{0}/v1")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/v1")]
    [InlineData("https://127.0.0.1:{0}/v1")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("https://169.254.169.254")]
    [InlineData("https://[fd00:ec2::254]")]
    [InlineData("https://10.0.0.1")]
    public async Task No_byte_is_sent_to_a_destination_that_is_not_open(string baseUrl)
    {
        var before = Upstream.Connections;
        var url = string.Format(System.Globalization.CultureInfo.InvariantCulture, baseUrl, Upstream.Port);
        var made = await MakeAsync($$"""{"base_url":"{{url}}"}""");
        var changed = await MakeAsync("""{"base_url":"https://x.example"}""", "other");
        await PatchAsync($"providers/{changed}", $$$"""{"config":{"base_url":"{{{url}}}"},"credentials":{"api_key":"k"}}""");

        foreach (var id in (Guid[])[made, changed])
        {
            (await TestAsync(id)).Should().Match<(string Outcome, int? Status, string Text)>(test => test.Outcome == "destination_refused" && test.Status == null);
            (await TestAsync(id, """{"model":"m"}""")).Outcome.Should().Be("destination_refused");
        }

        Upstream.Connections.Should().Be(before);
    }

    [Fact]
    public async Task A_provider_without_a_list_needs_a_model()
    {
        using var made = await CreateAsync("providers", """{"name":"aws","provider_type":"bedrock","config":{"region":"eu-central-1"},"credentials":{"api_key":"k"}}""");

        using var answer = await SendAsync(HttpMethod.Post, $"providers/{(await JsonAsync(made)).GetProperty("id").GetGuid()}/test");

        (answer.StatusCode, (await JsonAsync(answer)).GetProperty("code").GetString()).Should().Be((HttpStatusCode.BadRequest, "missing_model"));
    }

    [Fact]
    public async Task Only_an_admin_may_and_only_what_is_there()
    {
        var id = await MakeAsync();

        using var keyManager = await SendAsync(HttpMethod.Post, $"providers/{id}/test", token: await TokenAsync(AdminRole.KeyManager));
        using var gone = await SendAsync(HttpMethod.Post, $"providers/{Guid.Empty}/test");
        using var assigned = await SendAsync(HttpMethod.Post, $"providers/{id}/test", """{"id":"11111111-1111-4111-8111-111111111111"}""");
        using var strange = await SendAsync(HttpMethod.Post, $"providers/{id}/test", """{"base_url":"http://127.0.0.1"}""");

        ((int)keyManager.StatusCode, (int)gone.StatusCode, (int)assigned.StatusCode, (int)strange.StatusCode).Should().Be((403, 404, 400, 400));
        Upstream.Requests.Should().BeEmpty();
    }

    private async Task<Guid> MakeAsync(string? config = null, string name = "main")
    {
        config ??= $$"""{"base_url":"{{Upstream.Url}}","allow_cidrs":["127.0.0.0/8"]}""";
        using var made = await CreateAsync(
            "providers", $$$"""{"name":"{{{name}}}","provider_type":"openai","config":{{{config}}},"credentials":{"api_key":"sk-upstream-secret-1234"}}""");
        made.StatusCode.Should().Be(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Stop));
        return (await JsonAsync(made)).GetProperty("id").GetGuid();
    }

    private async Task<(string Outcome, int? Status, string Text)> TestAsync(Guid id, string? body = null)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"providers/{id}/test", body);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, text);
        var json = JsonDocument.Parse(text).RootElement;
        json.EnumerateObject().Select(member => member.Name).Should().Equal("outcome", "status", "latency_ms");
        json.GetProperty("latency_ms").GetInt64().Should().BeGreaterThanOrEqualTo(0);
        return (json.GetProperty("outcome").GetString()!, json.GetProperty("status").ValueKind == JsonValueKind.Null ? null : json.GetProperty("status").GetInt32(), $"{answer.Headers} {text}");
    }
}
