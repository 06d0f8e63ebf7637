using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>A whole gateway with no more rights than <c>gw_app</c> has.</summary>
public sealed class DatabaseRolesTestsGateway(GatewayFixture tests) : ProcessTest
{
    private readonly HttpClient http = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        http.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_answers_keeps_the_books_and_is_administered(bool withOwner)
    {
        await using var roles = await RolesDatabase.CreateAsync(tests);
        await roles.RunScriptAsync();
        (string, string) owner = ("DATABASE_MIGRATION_URL", roles.Owner.Reveal());
        if (!withOwner)
            (await RunToEndAsync("db migrate", ("DATABASE_URL", roles.App.Reveal()), owner)).ExitCode.Should().Be(0);

        await using var running = Start(roles.App, [("ADMIN_HTTP_PORT", "0"), .. withOwner ? new[] { owner } : []]);
        var url = await running.ListeningAsync();
        await AdministerAsync(roles, running, url, withOwner);
        (await running.StopAsync()).Should().Be(0);
        await CommandsAsync(roles);

        running.Errors.Should().BeEmpty();
        var said = running.Output.Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        running.Output.Should().NotContain(line => line.Contains("permission denied", StringComparison.Ordinal));
        running.Output.Count(line => line.Contains("makes and drops no partitions", StringComparison.Ordinal)).Should().Be(withOwner ? 0 : 1);
        said.Should().NotContain(line => line.GetRawText().Contains("rror\"", StringComparison.Ordinal));
    }

    private async Task AdministerAsync(RolesDatabase roles, GatewayProcess running, Uri url, bool withOwner)
    {
        const string Line = "Admin endpoints listening on :";
        await Eventually.IsTrueAsync(() => running.Output.Any(line => line.StartsWith(Line, StringComparison.Ordinal)), "the admin listener is there");
        var port = running.Output.First(line => line.StartsWith(Line, StringComparison.Ordinal))[Line.Length..];
        var admin = new Uri($"http://{url.Host}:{port}/admin/");
        var token = (await File.ReadAllTextAsync(Path.Combine(Folder, "data", "admin.token"), Stop)).Trim();
        await using var upstream = new FakeUpstream();

        var project = await MakeAsync("projects", """{"name":"team","limits":{"monthly_budget":50}}""");
        var key = await MakeAsync("keys", """{"name":"ci","project":"team","limits":{"rate_limit":100,"total_budget":10}}""");
        var provider = await MakeAsync(
            "providers",
            $$$"""{"name":"main","provider_type":"openai","config":{"base_url":"{{{upstream.Url}}}","allow_cidrs":["127.0.0.0/8"]},"credentials":{"api_key":"sk-upstream"}}""");
        await MakeAsync(
            "models", """{"name":"gpt-4","litellm_provider":"openai","input_cost_per_token":0.00003,"output_cost_per_token":0.00006}""");
        var alias = await MakeAsync("aliases", """{"alias":"best","model":"gpt-4","provider":"main"}""");
        var viewer = await MakeAsync("tokens", """{"name":"eyes","role":"viewer"}""");

        var secret = key.GetProperty("secret").GetString()!;
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var answer = await ChatAsync(url, secret, "best");
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the configuration is taken");
        using (var answer = await ChatAsync(url, secret, "best", stream: true))
        {
            await answer.Content.ReadAsStringAsync(Stop);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
            await roles.Database.LoggedAsync(RequestId(answer));
        }

        await ChangeAsync(HttpMethod.Patch, $"projects/{Id(project)}", """{"enabled":true,"limits":{"daily_budget":5}}""");
        await ChangeAsync(HttpMethod.Patch, $"keys/{Id(key)}", """{"limits":{"rate_limit":null}}""");
        await ChangeAsync(HttpMethod.Patch, $"providers/{Id(provider)}", """{"display_name":"Main"}""");
        await ChangeAsync(HttpMethod.Post, $"keys/{Id(key)}/rotate", "{}");
        await ChangeAsync(HttpMethod.Post, $"budgets/{Id(key)}/adjust", """{"kind":"monthly","amount":0.25,"reason":"a bill from elsewhere"}""");
        await ChangeAsync(HttpMethod.Post, $"budgets/{Id(key)}/reset", """{"kind":"total","reason":"new contract"}""");
        await ChangeAsync(HttpMethod.Delete, $"aliases/{Id(alias)}");
        await ChangeAsync(HttpMethod.Delete, $"tokens/{Id(viewer)}");
        foreach (var list in (string[])["usage", "audit", "partitions", "requests", "gateways", "config", "secrets"])
            await ChangeAsync(HttpMethod.Get, list);

        using var maintained = await AskAsync(HttpMethod.Post, "partitions/maintain");
        if (withOwner)
            maintained.StatusCode.Should().Be(HttpStatusCode.OK);
        else
            (maintained.StatusCode, (await JsonAsync(maintained)).GetProperty("code").GetString()).Should().Be((HttpStatusCode.Conflict, "not_table_owner"));

        var books = await roles.Database.RowsAsync("SELECT count(*), count(*) FILTER (WHERE total_cost_usd > 0) FROM usage_records");
        ((long)books.Single()[0]!).Should().BeGreaterThanOrEqualTo(2).And.Be((long)books.Single()[1]!);
        (await roles.Database.ScalarAsync<decimal>("SELECT sum(total_cost_usd) FROM monthly_usage_summary"))
            .Should().Be(await roles.Database.ScalarAsync<decimal>("SELECT sum(total_cost_usd) FROM usage_records"));
        (await roles.Database.RowsAsync("SELECT DISTINCT action FROM audit_log")).Select(row => row[0]).Should().Contain(
            ["create_project", "change_project", "issue_api_key", "change_api_key", "rotate_api_key", "create_provider", "create_model", "delete_model_alias"]);

        async Task<JsonElement> MakeAsync(string what, string body)
        {
            using var made = await AskAsync(HttpMethod.Post, what, body);
            made.StatusCode.Should().Be(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Stop));
            return await JsonAsync(made);
        }

        async Task ChangeAsync(HttpMethod method, string what, string? body = null)
        {
            using var changed = await AskAsync(method, what, body);
            changed.IsSuccessStatusCode.Should().BeTrue($"{method} {what}: {await changed.Content.ReadAsStringAsync(Stop)}");
        }

        async Task<HttpResponseMessage> AskAsync(HttpMethod method, string what, string? body = null)
        {
            using var request = new HttpRequestMessage(method, new Uri(admin, what));
            request.Headers.Authorization = new("Bearer", token);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            if (method == HttpMethod.Patch)
                request.Headers.TryAddWithoutValidation("If-Match", "*");
            if (method == HttpMethod.Post && body is not null)
                request.Headers.Add("Idempotency-Key", $"{what} {body}".GetHashCode(StringComparison.Ordinal).ToString(CultureInfo.InvariantCulture));
            return await http.SendAsync(request, Stop);
        }

        static Guid Id(JsonElement one) => one.GetProperty("id").GetGuid();
    }

    // What only commands do, and what reads the schema itself.
    private async Task CommandsAsync(RolesDatabase roles)
    {
        var newer = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        (string, string)[] environment = [("DATABASE_URL", roles.App.Reveal()), ("GATEWAY_MASTER_KEY", $"{newer},{TestSettings.MasterKey}")];
        foreach (var command in (string[])["db validate", "db partitions", "db migrate", "secrets rotate", "secrets status", "config check", "usage"])
        {
            var run = await RunToEndAsync(command, environment);
            run.ExitCode.Should().Be(0, $"{command}: {string.Join('\n', run.Output.Concat(run.Errors))}");
        }
    }
}
