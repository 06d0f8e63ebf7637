using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The description of the API, against the API.</summary>
public partial class ApiDescriptionTests(GatewayFixture gateway) : AdminTest(gateway)
{
    [Fact]
    public async Task It_is_OpenAPI_3_1_and_open_to_whoever_reaches_the_admin_listener()
    {
        var document = await DocumentAsync();

        document.GetProperty("openapi").GetString().Should().StartWith("3.1.");
        document.GetProperty("info").GetProperty("title").GetString().Should().Be("CleanGateway");
        using var elsewhere = await Client(key: null).GetAsync(new Uri("/openapi/v1.json", UriKind.Relative), Stop);
        elsewhere.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Every_route_is_in_it_and_no_other()
    {
        var described = (await OperationsAsync()).Select(operation => $"{operation.Method} {operation.Path}");

        var routes = Route.All(Gateway).Where(route => !route.Pattern.Contains("**", StringComparison.Ordinal) || route.Pattern.EndsWith("{**id}", StringComparison.Ordinal))
            .Select(route => $"{route.Method} {Constraint().Replace(route.Pattern, "{$1}")}");
        described.Should().BeEquivalentTo(routes.Where(route => !route.Contains("/openapi/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Each_says_who_may_and_has_a_summary_and_a_name_of_its_own()
    {
        var routes = Route.All(Gateway).ToLookup(route => $"{route.Method} {Constraint().Replace(route.Pattern, "{$1}")}");
        var operations = await OperationsAsync();

        operations.Select(operation => operation.Json.GetProperty("operationId").GetString()).Should().OnlyHaveUniqueItems();
        foreach (var (method, path, json) in operations)
        {
            var route = routes[$"{method} {path}"].First();
            var scheme = json.TryGetProperty("security", out var security) && security.GetArrayLength() > 0
                ? security[0].EnumerateObject().Single().Name
                : null;
            scheme.Should().Be(route.Role is not null ? "admin-token" : route.NeedsClientKey ? "client-key" : null, "of {0}", route);
            json.GetProperty("summary").GetString().Should().NotBeNullOrWhiteSpace("of {0}", route);
        }
    }

    [Fact]
    public async Task Bodies_have_the_members_that_are_taken_and_no_other()
    {
        var document = await DocumentAsync();
        var wrong = new List<string>();
        foreach (var (method, path, json) in await OperationsAsync())
        {
            if (!path.StartsWith("/admin/", StringComparison.Ordinal) || !json.TryGetProperty("requestBody", out var body)
                || !body.GetProperty("content").TryGetProperty("application/json", out var content))
                continue;

            var schema = Resolve(document, content.GetProperty("schema"));
            if (!schema.TryGetProperty("properties", out var members))
                continue;

            // A member that is not known is answered with those that are.
            using var answer = await SendAsync(new HttpMethod(method), Fill(path)[7..], """{"no such member":1}""", ifMatch: "*");
            var told = (await JsonAsync(answer)).GetProperty("errors").EnumerateArray()
                .Where(error => error.GetProperty("code").GetString() == "unknown_member").Select(error => error.GetProperty("detail").GetString()).FirstOrDefault();
            var expected = $"'no such member' is not known: expected {string.Join(", ", members.EnumerateObject().Select(member => member.Name))}.";
            if (told != expected)
                wrong.Add($"{method} {path}: {told ?? $"{(int)answer.StatusCode}"} instead of {expected}");
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task Answers_have_the_members_that_are_described_and_no_other()
    {
        var document = await DocumentAsync();
        using var made = await CreateAsync("projects", """{"name":"team","limits":{"rate_limit":5}}""");
        var answer = await JsonAsync(made);

        var schema = Resolve(document, document.GetProperty("paths").GetProperty("/admin/projects").GetProperty("post").GetProperty("responses")
            .GetProperty("201").GetProperty("content").GetProperty("application/json").GetProperty("schema"));

        schema.GetProperty("properties").EnumerateObject().Select(member => member.Name).Should().Equal(answer.EnumerateObject().Select(member => member.Name));
        Resolve(document, schema.GetProperty("properties").GetProperty("limits")).GetProperty("properties").EnumerateObject().Select(member => member.Name)
            .Should().Equal(answer.GetProperty("limits").EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task A_change_is_described_by_what_it_changes_to()
    {
        var document = await DocumentAsync();

        var body = Resolve(document, document.GetProperty("paths").GetProperty("/admin/projects/{id}").GetProperty("patch").GetProperty("requestBody")
            .GetProperty("content").GetProperty("application/json").GetProperty("schema")).GetProperty("properties");

        Types(Resolve(document, body.GetProperty("name"))).Should().Equal("string");
        Types(Resolve(document, body.GetProperty("enabled"))).Should().Equal("boolean");
        var limits = body.GetProperty("limits");
        var chosen = limits.TryGetProperty("oneOf", out var choices) ? choices.EnumerateArray().Single(choice => choice.TryGetProperty("$ref", out _)) : limits;
        Types(Resolve(document, Resolve(document, chosen).GetProperty("properties").GetProperty("rate_limit"))).Should().Contain("integer");
    }

    [Fact]
    public async Task The_page_needs_nothing_from_elsewhere_and_may_do_nothing_elsewhere()
    {
        using var page = await Client(key: null, Gateway.AdminUrl).GetAsync(new Uri("/docs/index.html", UriKind.Relative), Stop);
        using var elsewhere = await Client(key: null).GetAsync(new Uri("/docs/index.html", UriKind.Relative), Stop);
        var html = await page.Content.ReadAsStringAsync(Stop);

        page.StatusCode.Should().Be(HttpStatusCode.OK);
        elsewhere.StatusCode.Should().Be(HttpStatusCode.NotFound);
        html.Should().NotMatchRegex("(src|href)=\"(https?:)?//").And.NotMatchRegex("<script[^>]*>[^<]").And.NotContain("<style");
        page.Headers.GetValues("Content-Security-Policy").Single().Should().Contain("script-src 'self';").And.Contain("frame-ancestors 'none'");
        foreach (Match source in Source().Matches(html))
        {
            using var file = await Client(key: null, Gateway.AdminUrl).GetAsync(new Uri($"/docs/{source.Groups["file"].Value.TrimStart('.', '/')}", UriKind.Relative), Stop);
            file.StatusCode.Should().Be(HttpStatusCode.OK, source.Value);
        }
    }

    private async Task<JsonElement> DocumentAsync()
    {
        using var answer = await Client(key: null, Gateway.AdminUrl).GetAsync(new Uri("/openapi/v1.json", UriKind.Relative), Stop);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        return await JsonAsync(answer);
    }

    private async Task<IReadOnlyList<(string Method, string Path, JsonElement Json)>> OperationsAsync() =>
    [
        .. (await DocumentAsync()).GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (operation.Name.ToUpperInvariant(), path.Name, operation.Value))),
    ];

    private static JsonElement Resolve(JsonElement document, JsonElement schema) => schema.TryGetProperty("$ref", out var reference)
        ? document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
        : schema;

    private static IEnumerable<string?> Types(JsonElement schema) => schema.GetProperty("type") is { ValueKind: JsonValueKind.Array } types
        ? types.EnumerateArray().Select(type => type.GetString())
        : [schema.GetProperty("type").GetString()];

    private static string Fill(string path) => Parameter().Replace(path, "00000000-0000-4000-8000-0000000000ff");

    [GeneratedRegex(@"\{\*{0,2}([a-zA-Z]+)(:[^}]+)?\}")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("(src|href)=\"(?<file>[^\"]+)\"")]
    private static partial Regex Source();
}
