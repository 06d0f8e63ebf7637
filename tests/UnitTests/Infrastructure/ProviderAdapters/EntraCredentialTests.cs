using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public sealed class EntraCredentialTests : IAsyncLifetime
{
    private const string Tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    private const string Client = "11111111-2222-3333-4444-555555555555";
    private const string Scope = "https://cognitiveservices.azure.com/.default";

    private readonly ManualTime clock = new();
    private TokenServer server = null!;

    public async ValueTask InitializeAsync()
    {
        // The library works out when a token expires by the machine's own clock.
        clock.Advance(TimeProvider.System.GetUtcNow() - clock.GetUtcNow());
        server = await TokenServer.StartAsync();
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task An_application_asks_its_tenant_for_a_token_and_the_call_carries_it()
    {
        var request = await ApplyAsync(Tokens(authority: "https://login.microsoftonline.us/"));

        request.Headers.GetValues("Authorization").Should().Equal("Bearer token-1");
        request.Headers.Should().NotContain(header => header.Key.StartsWith("x-", StringComparison.OrdinalIgnoreCase));
        var asked = server.Requests.Should().ContainSingle("the authority is known, nobody has to vouch for it").Subject;
        (asked.Host, asked.Path).Should().Be(("login.microsoftonline.us", $"/{Tenant}/oauth2/v2.0/token"));
        asked.Form.Should().Contain("grant_type", "client_credentials").And.Contain("client_id", Client).And.Contain("client_secret", "s3cret")
            .And.ContainKey("scope").WhoseValue.Should().Contain(Scope);
    }

    [Fact]
    public async Task A_pod_shows_the_token_that_Kubernetes_gave_it()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "token");
        await File.WriteAllTextAsync(file, "kubernetes-jwt", Stop);
        var workload = new UpstreamIdentity.EntraWorkload(Tenant, Client, file);

        (await ApplyAsync(Tokens(workload))).Headers.GetValues("Authorization").Should().Equal("Bearer token-1");

        server.Requests.Should().ContainSingle().Which.Form.Should().Contain("client_assertion", "kubernetes-jwt").And.Contain("client_id", Client);
    }

    [Fact]
    public async Task Twenty_calls_at_once_ask_for_one_token()
    {
        var answer = new TaskCompletionSource();
        server.Answer = async number =>
        {
            await answer.Task;
            return (200, TokenServer.Token(number));
        };
        var tokens = Tokens();
        var calls = Enumerable.Range(0, 20).Select(_ => ApplyAsync(tokens)).ToArray();

        answer.SetResult();

        (await Task.WhenAll(calls)).Should().OnlyContain(request => request.Headers.Authorization!.Parameter == "token-1");
        server.Requests.Should().ContainSingle();
    }

    [Fact]
    public async Task The_next_token_is_another_one_and_comes_before_the_first_expires()
    {
        var tokens = Tokens();
        await ApplyAsync(tokens);

        clock.Advance(TimeSpan.FromMinutes(56));
        (await ApplyAsync(tokens)).Headers.Authorization!.Parameter.Should().Be("token-1");
        while ((await ApplyAsync(tokens)).Headers.Authorization!.Parameter != "token-2")
            await Task.Yield();
    }

    [Fact]
    public async Task A_refused_token_is_not_used_again()
    {
        var tokens = Tokens();
        var refused = await ApplyAsync(tokens);

        new AccessTokenCredential(tokens).Forget(refused);

        (await ApplyAsync(tokens)).Headers.Authorization!.Parameter.Should().Be("token-2");
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client","error_description":"AADSTS7000215: Invalid secret s3cret hunter2 provided."}""", "AADSTS7000215")]
    [InlineData(400, """{"error":"hunter2"}""", "gave no token")]
    [InlineData(500, "<html>hunter2</html>", "gave no token")]
    [InlineData(200, "hunter2", "gave no token")]
    [InlineData(200, "{}", "gave no token")]
    public async Task A_refusal_says_what_it_is_and_no_more(int status, string answer, string told)
    {
        server.Answer = _ => Task.FromResult((status, answer));

        (await FluentActions.Awaiting(() => ApplyAsync(Tokens())).Should().ThrowAsync<UpstreamCredentialException>())
            .Which.ToString().Should().Contain("Entra").And.Contain(told).And.NotContain("hunter2").And.NotContain("s3cret");
    }

    [Fact]
    public async Task A_workload_without_its_file_is_an_error_that_says_so()
    {
        var workload = new UpstreamIdentity.EntraWorkload(Tenant, Client, "/nowhere/token");

        await FluentActions.Awaiting(() => ApplyAsync(Tokens(workload))).Should().ThrowAsync<UpstreamCredentialException>();

        server.Requests.Should().BeEmpty();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private AccessTokenCache Tokens(UpstreamIdentity? identity = null, string authority = "https://login.microsoftonline.com/") => new(
        new EntraTokenSource(identity ?? new UpstreamIdentity.EntraApplication(Tenant, Client, "s3cret"), Scope, new Uri(authority), server.Handler),
        "azure", clock, NullLogger.Instance);

    private static async Task<HttpRequestMessage> ApplyAsync(AccessTokenCache tokens)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://x.example/");
        await new AccessTokenCredential(tokens).ApplyAsync(request, default, Stop);
        return request;
    }
}
