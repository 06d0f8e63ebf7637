using System.Net;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Providers by the admin API: made, changed, given credentials that nobody sees again.</summary>
public class AdminTestsProviders(GatewayFixture gateway) : AdminTest(gateway)
{
    private const string Canary = "sk-canary-0123456789-wxyz";

    [Fact]
    public async Task Provider_model_and_alias_are_all_that_a_chat_takes()
    {
        var provider = await MakeAsync("main");
        using var model = await CreateAsync(
            "models", """{"name":"big","litellm_provider":"openai","input_cost_per_token":0.00003,"output_cost_per_token":6e-5,"upstream_model":"gpt-4-real"}""");
        using var alias = await CreateAsync("aliases", """{"alias":"best","model":"big","provider":"main"}""");
        await IssueKeyAsync();

        using var answer = await ChatAsync("best");

        (model.StatusCode, alias.StatusCode, answer.StatusCode).Should().Be((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.OK));
        Upstream.Request.Headers["Authorization"].Should().Be($"Bearer {Canary}");
        Upstream.Request.Body.Should().Contain("gpt-4-real");
        (await JsonAsync(alias)).GetProperty("provider").GetString().Should().Be("main");
        (await CodeAsync(await DeleteAsync($"providers/{provider}"))).Should().Be("provider_in_use");
        (await CodeAsync(await DeleteAsync($"models/{(await JsonAsync(model)).GetProperty("id").GetGuid()}"))).Should().Be("model_in_use");
        (await DeleteAsync($"aliases/{(await JsonAsync(alias)).GetProperty("id").GetGuid()}")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await DeleteAsync($"providers/{provider}")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await AuditAsync(provider)).Select(row => row[0]).Should().Equal("create_provider", "delete_provider");
    }

    [Fact]
    public async Task Credentials_are_in_no_answer_and_in_no_table()
    {
        using var made = await CreateAsync("providers", Body("main"));
        var path = $"providers/{(await JsonAsync(made)).GetProperty("id").GetGuid()}";
        await Gateway.SettledAsync();
        HttpResponseMessage[] answers =
        [
            made,
            await GetAsync("providers"), await GetAsync(path),
            await PatchAsync(path, """{"display_name":"Main"}"""),
            await PatchAsync(path, $$$"""{"credentials":{"api_key":"{{{Canary}}}"},"config":{"stream_usage":false}}"""),
            await PutAsync(path, $$"""{"api_key":"{{Canary}}","organization":"org-1"}"""),
            await PutAsync(path, $$"""{"api_key":"{{Canary}}","nonsense":"{{Canary}}"}"""),
            await PutAsync(path, $$"""{"api_key":["{{Canary}}"]}"""),
            await PutAsync(path, $$"""["{{Canary}}"]"""),
            await PatchAsync(path, $$"""{"credentials":"{{Canary}}"}"""),
            await PatchAsync(path, $$"""{"credentials":["{{Canary}}\ud800"]}"""),
            await CreateAsync("providers", $$$"""{"name":"x","provider_type":"openai","credentials":{"api_key":"{{{Canary}}}\u0001"}}"""),
            await SendAsync(HttpMethod.Post, $"{path}/test"),
        ];
        await Gateway.SettledAsync();

        answers[..6].Should().OnlyContain(answer => answer.IsSuccessStatusCode);
        answers[6..12].Should().OnlyContain(answer => answer.StatusCode == HttpStatusCode.BadRequest);
        foreach (var answer in answers)
            $"{answer.Headers} {await answer.Content.ReadAsStringAsync(Stop)}".Should().NotContain(Canary[..20]);
        (await JsonAsync(await GetAsync(path))).GetProperty("credentials").GetRawText().Should().Be("""{"set":true,"hint":"wxyz"}""");
        foreach (var table in await RowsAsync("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            (await ScalarAsync<long>($"SELECT count(*) FROM \"{table[0]}\" t WHERE t::text LIKE $1", $"%{Canary[..20]}%")).Should().Be(0, $"{table[0]}");
    }

    [Fact]
    public async Task A_provider_is_shown_as_it_was_made_and_each_change_has_its_tag()
    {
        using var made = await CreateAsync("providers", """{"name":"main","provider_type":"anthropic","config":{"anthropic_beta":"a, b"}}""");
        var path = made.Headers.Location!.ToString()["/admin/".Length..];
        using var shown = await GetAsync(path);
        var etag = shown.Headers.ETag!.ToString();
        using var changed = await PatchAsync(path, """{"config":{"anthropic_beta":null,"anthropic_version":"2023-06-01"},"enabled":false}""", etag);
        using var late = await PatchAsync(path, """{"name":"late"}""", etag);
        using var lateKey = await SendAsync(HttpMethod.Put, $"{path}/credentials", """{"api_key":"k"}""", ifMatch: etag);
        using var unsaid = await SendAsync(HttpMethod.Put, $"{path}/credentials", """{"api_key":"k"}""");

        (await JsonAsync(made)).GetRawText().Should().Be((await JsonAsync(shown)).GetRawText());
        made.Headers.ETag.Should().Be(shown.Headers.ETag);
        var after = await JsonAsync(changed);
        (after.GetProperty("config").GetRawText(), after.GetProperty("enabled").GetBoolean(), after.GetProperty("credentials").GetRawText())
            .Should().Be(("""{"anthropic_version":"2023-06-01"}""", false, """{"set":false,"hint":null}"""));
        ((int)late.StatusCode, (int)lateKey.StatusCode, (int)unsaid.StatusCode).Should().Be((412, 412, 428));
    }

    [Theory]
    [InlineData("""{"name":"x","provider_type":"nobody"}""", "provider_type")]
    [InlineData("""{"name":"x","provider_type":"openai","config":{"base_url":"ftp://x"}}""", "config")]
    [InlineData("""{"name":"x","provider_type":"openai","config":{"unknown":1}}""", "config")]
    [InlineData("""{"name":"x","provider_type":"openai","config":{"allow_cidrs":["nonsense"]}}""", "config")]
    [InlineData("""{"name":"x","provider_type":"openai","config":{"output_cap_field":"x"}}""", "config")]
    [InlineData("""{"name":"x","provider_type":"openai","config":{"base_url":"https://\ud800"}}""", "config")]
    [InlineData("""{"name":"x","provider_type":"openai","config":[]}""", "config")]
    [InlineData("""{"name":"x","provider_type":"openai_compatible"}""", "config")]
    [InlineData("""{"name":"x","provider_type":"bedrock","config":{}}""", "config")]
    [InlineData("""{"name":"x","provider_type":"echo","config":{"base_url":"https://x"}}""", "config")]
    [InlineData("""{"name":"x","provider_type":"azure","config":{"base_url":"https://x"},"credentials":{"tenant_id":"t"}}""", "credentials")]
    [InlineData("""{"name":"x","provider_type":"openai","credentials":{"api_key":""," ":1}}""", "credentials")]
    [InlineData("""{"name":"","provider_type":"openai"}""", "name")]
    [InlineData("""{"name":"a\u0000b","provider_type":"openai"}""", "name")]
    [InlineData("""{"name":"x","provider_type":"openai","display_name":"\u001b[2J"}""", "display_name")]
    [InlineData("""{"name":"x","provider_type":"openai","encrypted_credentials":"enc:v1:a:b"}""", "encrypted_credentials")]
    [InlineData("""{"name":"x","provider_type":"openai","credentials_hint":"x"}""", "credentials_hint")]
    [InlineData("""{"name":"x","provider_type":"openai","source":"environment"}""", "source")]
    [InlineData("""{"name":"x","provider_type":"openai","id":"11111111-1111-4111-8111-111111111111"}""", "id")]
    [InlineData("""{"name":"x","provider_type":"openai","created_at":"2020-01-01T00:00:00Z"}""", "created_at")]
    public async Task What_cannot_be_used_is_refused_with_its_reason_and_not_written(string body, string param)
    {
        using var answer = await CreateAsync("providers", body);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonAsync(answer)).GetProperty("errors")[0].GetProperty("param").GetString().Should().Be(param);
        (await ScalarAsync<long>("SELECT count(*) FROM providers")).Should().Be(0);
    }

    [Theory]
    [InlineData("""{"provider_type":"azure"}""", "provider_type")]
    [InlineData("""{"source":"environment"}""", "source")]
    [InlineData("""{"id":"11111111-1111-4111-8111-111111111111"}""", "id")]
    [InlineData("""{"if_match":"x"}""", "if_match")]
    [InlineData("""{"encrypted_credentials":null}""", "encrypted_credentials")]
    [InlineData("""{"config":null}""", "config")]
    [InlineData("""{"credentials":null}""", "credentials")]
    [InlineData("""{"name":""}""", "name")]
    public async Task What_is_not_to_be_changed_cannot_be(string body, string param)
    {
        var id = await MakeAsync("main");
        var before = await RowsAsync("SELECT p::text FROM providers p");

        using var answer = await PatchAsync($"providers/{id}", body);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await JsonAsync(answer)).GetProperty("errors")[0].GetProperty("param").GetString().Should().Be(param);
        (await RowsAsync("SELECT p::text FROM providers p")).Should().BeEquivalentTo(before);
    }

    [Fact]
    public async Task Another_server_needs_the_credentials_again()
    {
        var path = $"providers/{await MakeAsync("main")}";
        var config = $$"""{"base_url":"http://localhost:{{Upstream.Port}}/v1"}""";

        using var refused = await PatchAsync(path, $$$"""{"config":{{{config}}}}""");
        using var again = await PatchAsync(path, $$$"""{"config":{{{config}}},"credentials":{"api_key":"sk-the-new-secret-abcd"}}""");
        await CreateAsync("models", """{"name":"gpt-4","litellm_provider":"openai"}""");
        await IssueKeyAsync();
        using var chat = await ChatAsync();
        using var taken = await DeleteAsync($"{path}/credentials");
        using var free = await PatchAsync(path, $$$"""{"config":{"base_url":"http://127.0.0.1:{{{Upstream.Port}}}/v1"}}""");

        (await CodeAsync(refused)).Should().Be("credentials_bound");
        (await JsonAsync(again)).GetProperty("credentials").GetProperty("hint").GetString().Should().Be("abcd");
        (chat.StatusCode, Upstream.Request.Headers["Authorization"]).Should().Be((HttpStatusCode.OK, "Bearer sk-the-new-secret-abcd"));
        (taken.StatusCode, free.StatusCode).Should().Be((HttpStatusCode.NoContent, HttpStatusCode.OK));
    }

    [Theory]
    [InlineData("UPDATE providers a SET encrypted_credentials = b.encrypted_credentials FROM providers b WHERE a.name = 'thief' AND b.name = 'main'")]
    [InlineData("UPDATE providers SET config = jsonb_set(config, '{base_url}', '\"https://evil.example/v1\"') WHERE name = 'main'")]
    public async Task What_was_moved_by_sql_does_not_open(string sql)
    {
        await MakeAsync("main");
        await CreateAsync("providers", $$$"""{"name":"thief","provider_type":"openai","config":{"base_url":"https://thief.example"},"credentials":{"api_key":"own"}}""");
        await SqlAsync(sql);
        var victim = await ScalarAsync<Guid>("SELECT id FROM providers WHERE name = $1", sql.Contains("thief", StringComparison.Ordinal) ? "thief" : "main");
        await Gateway.SettledAsync();

        using var test = await SendAsync(HttpMethod.Post, $"providers/{victim}/test");

        (await CodeAsync(test)).Should().Be("provider_unusable");
        (await test.Content.ReadAsStringAsync(Stop)).Should().Contain("another provider").And.NotContain(Canary);
        Upstream.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task What_the_environment_made_is_only_switched()
    {
        var id = await ScalarAsync<Guid>("INSERT INTO providers (name, provider_type, source) VALUES ('openai-environment', 'openai', 'environment') RETURNING id");

        foreach (var refused in (HttpResponseMessage[])
            [await PatchAsync($"providers/{id}", """{"name":"mine"}"""), await PutAsync($"providers/{id}", """{"api_key":"k"}"""), await DeleteAsync($"providers/{id}")])
            (await CodeAsync(refused)).Should().Be("managed_by_environment");

        (await PatchAsync($"providers/{id}", """{"enabled":false}""")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_admin_opens_no_network_and_reads_no_secrets_of_the_machine()
    {
        var admin = await TokenAsync(AdminRole.Admin);
        var id = await MakeAsync("main");

        using var made = await CreateAsync("providers", """{"name":"x","provider_type":"openai","config":{"allow_cidrs":["10.0.0.0/8"]}}""", admin);
        using var closed = await PatchAsync($"providers/{id}", """{"config":{"allow_cidrs":null}}""", token: admin);
        using var reference = await SendAsync(HttpMethod.Put, $"providers/{id}/credentials", """{"api_key":"env://HOME"}""", admin, "*");
        using var allowed = await PatchAsync($"providers/{id}", """{"config":{"stream_usage":false}}""", token: admin);
        using var viewed = await GetAsync($"providers/{id}", await TokenAsync(AdminRole.Viewer));
        using var keyManager = await PatchAsync($"providers/{id}", "{}", token: await TokenAsync(AdminRole.KeyManager));

        foreach (var (answer, param) in new[] { (made, "config.allow_cidrs"), (closed, "config.allow_cidrs"), (reference, "credentials") })
        {
            answer.StatusCode.Should().Be(HttpStatusCode.Forbidden);
            (await JsonAsync(answer)).GetProperty("errors")[0].GetProperty("param").GetString().Should().Be(param);
        }

        (allowed.StatusCode, viewed.StatusCode, keyManager.StatusCode).Should().Be((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_password_that_was_written_into_a_url_by_hand_is_not_shown()
    {
        await SqlAsync("""INSERT INTO providers (name, provider_type, config) VALUES ('main', 'openai', '{"base_url":"https://user:hunter2@x.example"}')""");

        (await (await GetAsync("providers")).Content.ReadAsStringAsync(Stop)).Should().Contain("***@x.example").And.NotContain("hunter2");
    }

    [Fact]
    public async Task What_was_written_in_plain_text_gets_its_hint_when_it_is_sealed()
    {
        await SqlAsync($$"""INSERT INTO providers (name, provider_type, encrypted_credentials) VALUES ('main', 'openai', '{"api_key":"{{Canary}}"}')""");
        await Eventually.IsTrueAsync(
            async () => (await ScalarAsync<string>("SELECT encrypted_credentials FROM providers")).StartsWith("enc:", StringComparison.Ordinal), "it is sealed");

        (await ScalarAsync<string>("SELECT credentials_hint FROM providers")).Should().Be("wxyz");
    }

    private Task<HttpResponseMessage> PutAsync(string path, string json) => SendAsync(HttpMethod.Put, $"{path}/credentials", json, ifMatch: "*");

    private string Body(string name) =>
        $$$"""{"name":"{{{name}}}","provider_type":"openai","config":{"base_url":"{{{Upstream.Url}}}","allow_cidrs":["127.0.0.0/8","::1/128"]},"credentials":{"api_key":"{{{Canary}}}"}}""";

    private async Task<Guid> MakeAsync(string name)
    {
        using var made = await CreateAsync("providers", Body(name));
        made.StatusCode.Should().Be(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Stop));
        await Gateway.SettledAsync();
        return (await JsonAsync(made)).GetProperty("id").GetGuid();
    }

    private async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        answer.StatusCode.Should().Be(HttpStatusCode.Conflict);
        return (await JsonAsync(answer)).GetProperty("code").GetString();
    }
}
