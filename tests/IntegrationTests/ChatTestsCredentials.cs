using System.Net;
using CleanGateway.Domain.Common;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Provider keys: written by hand in plain text, encrypted at once, of no use anywhere else.</summary>
public class ChatTestsCredentials(GatewayFixture gateway) : ChatTest(gateway)
{
    private const string Canary = "sk-upstream-secret";

    [Fact]
    public async Task What_is_written_in_plain_text_is_used_and_encrypted()
    {
        await ServeToAKeyAsync();

        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Headers["Authorization"].Should().Be($"Bearer {Canary}");
        (await SealedAsync()).Should().StartWith("enc:v1:").And.NotContain(Canary).And.NotContain("api_key");
    }

    [Fact]
    public async Task What_is_encrypted_serves_a_gateway_that_starts_later()
    {
        await ServeToAKeyAsync();
        var before = await SealedAsync();
        await using var later = await AnotherGateway.StartAsync(Gateway);

        using var response = await PostToAsync(later);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Headers["Authorization"].Should().Be($"Bearer {Canary}");
        (await SealedAsync()).Should().Be(before, "it is encrypted already");
    }

    [Fact]
    public async Task A_new_key_is_used_at_once_and_encrypted_again()
    {
        await ServeToAKeyAsync();
        var before = await SealedAsync();

        await SqlAsync("""UPDATE providers SET encrypted_credentials = '{"api_key": "sk-new-secret"}'""");
        await Gateway.SettledAsync();
        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Headers["Authorization"].Should().Be("Bearer sk-new-secret");
        (await SealedAsync()).Should().StartWith("enc:v1:").And.NotBe(before).And.NotContain("sk-new-secret");
    }

    [Fact]
    public async Task The_same_key_is_never_encrypted_to_the_same_text()
    {
        await ServeToAKeyAsync();
        var first = await SealedAsync();

        await SqlAsync($$"""UPDATE providers SET encrypted_credentials = '{"api_key": "{{Canary}}"}'""");

        (await SealedAsync()).Should().NotBe(first);
    }

    /// <summary>What is done to an encrypted row that could send its key where it does not belong.</summary>
    [Theory]
    [InlineData("config = jsonb_set(config, '{base_url}', to_jsonb(replace(config->>'base_url', '127.0.0.1', '127.0.0.2')))")]
    [InlineData("config = jsonb_set(config, '{base_url}', to_jsonb(replace(config->>'base_url', 'http:', 'https:')))")]
    [InlineData("provider_type = 'openai_compatible'")]
    [InlineData("id = '11111111-1111-4111-8111-111111111111'")]
    [InlineData("encrypted_credentials = left(encrypted_credentials, -8)")]
    [InlineData("encrypted_credentials = overlay(encrypted_credentials placing '00000000' from 8)")]
    public async Task A_key_does_not_open_for_another_row_type_or_origin(string change)
    {
        await ServeToAKeyAsync();
        await SealedAsync();

        await SqlAsync($"UPDATE providers SET {change}");
        await Gateway.SettledAsync();

        // Who was running goes on with what was whole; who starts goes without the row.
        using (var running = await ChatAsync())
            running.StatusCode.Should().Be(HttpStatusCode.OK);
        await using var starting = await AnotherGateway.StartAsync(Gateway);
        using var response = await PostToAsync(starting);
        (await TextAsync(response)).Should().Be("""{"error":{"message":"unknown model: gpt-4","type":"invalid_request_error","code":400}}""");
        starting.Problems.Should().ContainSingle().Which.Should().StartWith("provider 'openai-main': the stored credentials cannot be read: ")
            .And.NotContain(Canary);
        Upstream.Requests.Should().HaveCount(1);
        await ShouldSayInvalidAsync();
    }

    [Fact]
    public async Task Another_path_on_the_same_server_keeps_the_key()
    {
        await ServeToAKeyAsync();
        await SealedAsync();

        await SqlAsync("UPDATE providers SET config = jsonb_set(config, '{base_url}', to_jsonb((config->>'base_url') || '/v2'))");
        await Gateway.SettledAsync();
        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Path.Should().Be("/v1/v2/chat/completions");
        Upstream.Request.Headers["Authorization"].Should().Be($"Bearer {Canary}");
    }

    [Fact]
    public async Task A_key_entered_again_for_the_new_address_mends_it()
    {
        await ServeToAKeyAsync();
        await SealedAsync();

        await SqlAsync(
            """
            UPDATE providers SET encrypted_credentials = '{"api_key": "sk-again"}',
                config = jsonb_set(config, '{base_url}', to_jsonb(replace(config->>'base_url', '127.0.0.1', 'localhost')))
            """);
        await Gateway.SettledAsync();
        using var response = await ChatAsync();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        Upstream.Request.Headers["Host"].Should().StartWith("localhost:");
        Upstream.Request.Headers["Authorization"].Should().Be("Bearer sk-again");
    }

    /// <summary>A row of its own that cannot be used.</summary>
    [Theory]
    [InlineData("openai_compatible", "not json", """{"base_url": "https://api.example.com"}""")]
    [InlineData("openai_compatible", """{"api_key": 7}""", """{"base_url": "https://api.example.com"}""")]
    [InlineData("openai_compatible", """{"apikey": "sk-canary"}""", """{"base_url": "https://api.example.com"}""")]
    [InlineData("openai_compatible", """{"api_key": "sk canary"}""", """{"base_url": "https://api.example.com"}""")]
    [InlineData("openai_compatible", "enc:v1:00000000:AAAA", """{"base_url": "https://api.example.com"}""")]
    [InlineData("openai_compatible", "enc:v9:what", """{"base_url": "https://api.example.com"}""")]
    [InlineData("openai_compatible", null, "{}")]
    [InlineData("openai_compatible", null, """{"base_url": "ftp://api.example.com"}""")]
    [InlineData("openai_compatible", null, """{"base_url": "https://user:sk-canary@api.example.com"}""")]
    [InlineData("openai_compatible", null, """{"base_url": "https://api.example.com", "unknown": 1}""")]
    [InlineData("openai_compatible", null, """{"base_url": "https://api.example.com", "allow_cidrs": ["nonsense"]}""")]
    [InlineData("nobody_knows", null, "{}")]
    public async Task One_wrong_row_takes_no_other_down(string type, string? credentials, string config)
    {
        await ServeToAKeyAsync();
        await SqlAsync(
            "INSERT INTO providers (name, provider_type, encrypted_credentials, config) VALUES ('wrong', $1, $2, $3::jsonb)", type, credentials, config);
        await Gateway.SettledAsync();

        using (var running = await ChatAsync())
            running.StatusCode.Should().Be(HttpStatusCode.OK);
        await using var starting = await AnotherGateway.StartAsync(Gateway);
        using (var started = await PostToAsync(starting))
            started.StatusCode.Should().Be(HttpStatusCode.OK);
        starting.Problems.Should().ContainSingle().Which.Should().StartWith("provider 'wrong': ").And.NotContain("canary");
        await ShouldSayInvalidAsync();

        await SqlAsync("DELETE FROM providers WHERE name = 'wrong'");
        await Gateway.SettledAsync();
        (await Client(key: null).GetStringAsync("/api/health", Stop)).Should().Contain("\"configuration\":\"ok\"");
    }

    [Fact]
    public async Task A_key_is_in_no_table_and_no_answer()
    {
        await ServeToAKeyAsync();
        Upstream.Answer = call => call.RespondAsync(
            401, $$$"""{"error":{"message":"Incorrect API key provided: {{{Canary}}}"}}""", headers: $"X-Echo: {Canary}");
        using var refused = await ChatAsync();
        using var models = await Client().GetAsync("/v1/models", Stop);
        using var requests = await Admin().GetAsync("/api/requests", Stop);
        using var responses = await Admin().GetAsync("/api/responses", Stop);
        await SealedAsync();

        foreach (var answer in new[] { refused, models, requests, responses })
            $"{answer.Headers} {await TextAsync(answer)}".Should().NotContain(Canary).And.NotContain(Secret.Hash(Canary));

        var tables = await RowsAsync("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
        tables.Should().HaveCountGreaterThan(9);
        foreach (var table in tables)
        {
            (await ScalarAsync<long>($"SELECT count(*) FROM \"{table[0]}\" t WHERE t::text LIKE $1", $"%{Canary}%")).Should().Be(0, $"{table[0]}");
        }
    }

    private async Task<HttpResponseMessage> PostToAsync(AnotherGateway gateway)
    {
        using var content = new StringContent(Hello) { Headers = { ContentType = null } };
        return await Client(url: gateway.Url).PostAsync("/v1/chat/completions", content, Stop);
    }

    private async Task ShouldSayInvalidAsync() =>
        (await Client(key: null).GetStringAsync("/api/health", Stop)).Should().Contain("\"configuration\":\"invalid\"").And.NotContain("openai-main");

    private async Task<string> SealedAsync()
    {
        await Gateway.SettledAsync();
        var text = "";
        await Eventually.IsTrueAsync(
            async () => (text = await ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).StartsWith("enc:", StringComparison.Ordinal),
            "the credentials are encrypted");
        return text;
    }
}
