using System.Net;
using System.Text.Json;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>What nobody sends who means well, to every place of the admin API that takes something.</summary>
public class SecurityTestsInput(GatewayFixture gateway) : AdminTest(gateway)
{
    private const string Gone = "00000000-0000-4000-8000-0000000000ff";

    // A cursor as lists give them out, with a NUL inside.
    private const string PoisonedCursor = "eyJOYW1lIjoiXHUwMDAwIn0";

    private static readonly string[] Oddities = ["%00", "a%00b", "'", "%27%3B%20DROP%20TABLE%20api_keys%3B--", "%25_%25", "%ed%a0%80", "%ff", "-1", "1e400", PoisonedCursor, ""];

    [Fact]
    public async Task No_query_is_an_error_of_the_gateways_own()
    {
        var wrong = new List<string>();
        var asked = 0;
        foreach (var (path, parameters) in await QueriesAsync())
        {
            foreach (var query in parameters.SelectMany(name => Oddities.Select(value => $"{name}={value}")))
            {
                asked++;
                using var answer = await GetAsync($"{path}?{query}");
                if ((int)answer.StatusCode >= 500)
                    wrong.Add($"{path}?{query}: {(int)answer.StatusCode}");
            }
        }

        wrong.Should().BeEmpty();
        asked.Should().BeGreaterThan(300);
        (await ScalarAsync<long>("SELECT count(*) FROM api_keys")).Should().Be(0, "the table is there");
    }

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"name":"\udfff"}""")]
    [InlineData("""{"name":"a\u0000b"}""")]
    [InlineData("""{"limits":{"\ud800":1}}""")]
    [InlineData("""{"name":{"a":{"b":[[[]]]}}}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task No_body_is_an_error_of_the_gateways_own(string body)
    {
        foreach (var route in Route.All(Gateway).Where(route => route.IsAdmin && route.Method is "POST" or "PUT" or "PATCH"))
        {
            using var answer = await SendAsync(new HttpMethod(route.Method), route.Path["/admin/".Length..], body, ifMatch: "*");

            ((int)answer.StatusCode).Should().BeLessThan(500, "{0} {1}", route, body);
        }
    }

    [Fact]
    public async Task Of_many_mistakes_the_first_are_told()
    {
        using var answer = await CreateAsync("keys", JsonSerializer.Serialize(Enumerable.Range(0, 10_000).ToDictionary(number => $"x{number}", number => number)));

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        answer.Content.Headers.ContentLength.Should().BeLessThan(20_000);
        (await JsonAsync(answer)).GetProperty("errors").GetArrayLength().Should().BeLessThan(30);
    }

    [Fact]
    public async Task Headers_that_say_two_things_are_refused()
    {
        using var twice = new HttpRequestMessage(HttpMethod.Post, "/admin/projects") { Content = new StringContent("""{"name":"team"}""", System.Text.Encoding.UTF8, "application/json") };
        twice.Headers.Authorization = new("Bearer", Gateway.AdminToken);
        twice.Headers.TryAddWithoutValidation("Idempotency-Key", "a");
        twice.Headers.TryAddWithoutValidation("Idempotency-Key", "b");
        using var keys = await Client(key: null, Gateway.AdminUrl).SendAsync(twice, Stop);
        var project = await ScalarAsync<Guid>("INSERT INTO projects (name) VALUES ('team') RETURNING id");
        using var any = await PatchAsync($"projects/{project}", "{}", "*, \"1\"");
        using var charset = new HttpRequestMessage(HttpMethod.Post, "/admin/projects") { Content = new StringContent("""{"name":"other"}""", System.Text.Encoding.Unicode, "application/json") };
        charset.Headers.Authorization = new("Bearer", Gateway.AdminToken);
        using var utf16 = await Client(key: null, Gateway.AdminUrl).SendAsync(charset, Stop);

        ((int)keys.StatusCode, (int)any.StatusCode, (int)utf16.StatusCode).Should().Be((400, 400, 415));
    }

    [Theory]
    [InlineData("keys/foo")]
    [InlineData("providers/..%2f..%2fhealth")]
    [InlineData("models/1")]
    public async Task An_id_that_is_none_leads_nowhere(string path)
    {
        using var answer = await GetAsync(path);

        answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("azure", """{"base_url":"https://models.example.com"}""", """{"managed_identity":true}""", "credentials")]
    [InlineData("azure", """{"base_url":"https://models.example.com","entra_scope":"https://management.azure.com/.default"}""", """{"api_key":"0123456789abcdef"}""", "config.entra_scope")]
    [InlineData("bedrock", """{"region":"eu-central-1","base_url":"https://models.example.com"}""", """{"aws_default":true}""", "credentials")]
    [InlineData("vertex_ai", """{"project":"p-1234567","location":"global","base_url":"https://models.example.com"}""", """{"google_default":true}""", "credentials")]
    public async Task The_machines_own_identity_is_lent_by_owners_alone(string type, string config, string credentials, string param)
    {
        var body = $$"""{"name":"evil","provider_type":"{{type}}","config":{{config}},"credentials":{{credentials}}}""";

        using var refused = await CreateAsync("providers", body, await TokenAsync(AdminRole.Admin));
        using var made = await CreateAsync("providers", body);

        (refused.StatusCode, made.StatusCode).Should().Be((HttpStatusCode.Forbidden, HttpStatusCode.Created));
        (await JsonAsync(refused)).GetProperty("errors")[0].GetProperty("param").GetString().Should().Be(param);
    }

    [Fact]
    public async Task A_reference_that_leads_nowhere_takes_its_own_provider_out_of_service_and_nothing_else()
    {
        await ServeToAKeyAsync();
        await SqlAsync("""INSERT INTO providers (name, provider_type, encrypted_credentials) VALUES ('lost', 'anthropic', '{"api_key":"env://IS_SET_NOWHERE"}')""");
        await SqlAsync(
            "INSERT INTO model_aliases (alias, target_model_id) SELECT 'later', id FROM models WHERE model_name = 'gpt-4'");
        await Gateway.SettledAsync();

        using var answer = await ChatAsync("later");
        var state = await JsonAsync(await GetAsync("config"));

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        state.GetProperty("in_use").GetInt64().Should().Be(state.GetProperty("version").GetInt64());
        state.GetProperty("problems").EnumerateArray().Should().ContainSingle().Which.GetString().Should().Contain("lost").And.Contain("env://IS_SET_NOWHERE");
    }

    /// <summary>Every list of the admin API, and what may be asked of it.</summary>
    private async Task<IReadOnlyList<(string Path, IReadOnlyList<string> Parameters)>> QueriesAsync()
    {
        var document = await JsonAsync(await Client(key: null, Gateway.AdminUrl).GetAsync(new Uri("/openapi/v1.json", UriKind.Relative), Stop));
        return
        [
            .. document.GetProperty("paths").EnumerateObject()
                .Where(path => path.Name.StartsWith("/admin/", StringComparison.Ordinal) && path.Value.TryGetProperty("get", out var get) && get.TryGetProperty("parameters", out _))
                .Select(path => (
                    path.Name["/admin/".Length..].Replace("{id}", Gone, StringComparison.Ordinal),
                    (IReadOnlyList<string>)[.. path.Value.GetProperty("get").GetProperty("parameters").EnumerateArray()
                        .Where(parameter => parameter.GetProperty("in").GetString() == "query").Select(parameter => parameter.GetProperty("name").GetString()!)]))
                .Where(query => query.Item2.Count > 0),
        ];
    }
}
