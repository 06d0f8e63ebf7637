using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public sealed class GoogleCredentialTests : IAsyncLifetime
{
    private readonly RSA key = RSA.Create(2048);
    private readonly ManualTime clock = new();
    private TokenServer server = null!;

    public async ValueTask InitializeAsync() => server = await TokenServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        key.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_service_account_signs_for_a_token_and_the_call_carries_it()
    {
        var request = await ApplyAsync(Credential(), userProject: "billing-1");

        request.Headers.GetValues("Authorization").Should().Equal("Bearer token-1");
        request.Headers.GetValues("x-goog-user-project").Should().Equal("billing-1");

        var asked = server.Requests.Should().ContainSingle().Subject;
        asked.Path.Should().Be("/token");
        asked.Form["grant_type"].Should().Be("urn:ietf:params:oauth:grant-type:jwt-bearer");
        var (header, claims) = Verified(asked.Form["assertion"]);
        (header.GetProperty("alg").GetString(), header.GetProperty("kid").GetString()).Should().Be(("RS256", "kid-1"));
        claims.GetProperty("iss").GetString().Should().Be("gateway@p.iam.gserviceaccount.com");
        claims.GetProperty("scope").GetString().Should().Be("https://www.googleapis.com/auth/cloud-platform");
        claims.GetProperty("aud").GetString().Should().Be("https://oauth2.googleapis.com/token", "it is the same wherever the endpoint is");
        claims.GetProperty("iat").GetInt64().Should().Be(clock.GetUtcNow().ToUnixTimeSeconds());
        claims.GetProperty("exp").GetInt64().Should().Be(clock.GetUtcNow().ToUnixTimeSeconds() + 3600);
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
        var credential = Credential();
        var calls = Enumerable.Range(0, 20).Select(_ => ApplyAsync(credential)).ToArray();

        answer.SetResult();

        (await Task.WhenAll(calls)).Should().OnlyContain(request => request.Headers.Authorization!.Parameter == "token-1");
        server.Requests.Should().ContainSingle();
    }

    [Fact]
    public async Task The_next_token_is_fetched_before_the_first_expires()
    {
        var credential = Credential();
        await ApplyAsync(credential);

        clock.Advance(TimeSpan.FromMinutes(55));
        (await ApplyAsync(credential)).Headers.Authorization!.Parameter.Should().Be("token-1");
        while ((await ApplyAsync(credential)).Headers.Authorization!.Parameter != "token-2")
            await Task.Yield();

        server.Requests.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_refused_token_is_not_used_again()
    {
        var credential = Credential();
        var refused = await ApplyAsync(credential);

        new AccessTokenCredential(credential).Forget(refused);

        (await ApplyAsync(credential)).Headers.Authorization!.Parameter.Should().Be("token-2");
        server.Requests.Should().HaveCount(2);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_grant","error_description":"hunter2 eyJ.hunter2"}""", "invalid_grant (status 400)")]
    [InlineData(401, """{"error":"hunter2 is not a code"}""", "status 401")]
    [InlineData(500, "<html>hunter2</html>", " no token")]
    [InlineData(503, "", " no token")]
    [InlineData(200, "{}", "holds no token")]
    [InlineData(200, """{"access_token":"hunter2"}""", "how long")]
    [InlineData(200, """{"access_token":"hunter2","expires_in":0}""", "how long")]
    [InlineData(200, "not JSON, hunter2", "no token")]
    [InlineData(302, "", " no token")]
    public async Task A_refusal_says_what_it_is_and_no_more(int status, string answer, string told)
    {
        server.Answer = _ => Task.FromResult((status, answer));

        (await FluentActions.Awaiting(() => ApplyAsync(Credential())).Should().ThrowAsync<UpstreamCredentialException>())
            .Which.ToString().Should().Contain(told).And.NotContain("hunter2").And.NotContain("assertion");
        server.Requests.Should().ContainSingle("a refusal is not repeated by itself");
    }

    [Fact]
    public async Task The_token_endpoint_is_reached_under_the_accounts_rules()
    {
        using var handler = new UpstreamConnections(new NameResolver(), NullLogger<UpstreamConnections>.Instance).CreateHandler(Chats.Account());

        var refusal = await FluentActions.Awaiting(() => ApplyAsync(Credential(new Uri(server.Url, "token"), handler)))
            .Should().ThrowAsync<UpstreamCredentialException>();

        refusal.Which.Message.Should().Contain("does not connect");
        server.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A_server_that_only_claims_to_be_the_token_endpoint_learns_nothing()
    {
        var account = Chats.Account() with { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")] };
        using var handler = new UpstreamConnections(new NameResolver(), NullLogger<UpstreamConnections>.Instance).CreateHandler(account);

        var refusal = await FluentActions.Awaiting(() => ApplyAsync(Credential(new Uri(server.Url, "token"), handler)))
            .Should().ThrowAsync<UpstreamCredentialException>();

        refusal.Which.Message.Should().Contain(nameof(HttpRequestError.SecureConnectionError));
        server.Requests.Should().BeEmpty();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private AccessTokenCache Credential() => Credential(new Uri("https://oauth2.test/token"), server.Handler);

    private AccessTokenCache Credential(Uri tokenUri, HttpMessageHandler handler)
    {
        var pem = key.ExportPkcs8PrivateKeyPem();
        var account = new UpstreamIdentity.GoogleServiceAccount("gateway@p.iam.gserviceaccount.com", pem, "kid-1", tokenUri);
        return new AccessTokenCache(new GoogleServiceAccountTokens(account, handler, clock), "vertex", clock, NullLogger.Instance);
    }

    private static async Task<HttpRequestMessage> ApplyAsync(AccessTokenCache tokens, string? userProject = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://x.example/");
        await new AccessTokenCredential(tokens, userProject).ApplyAsync(request, default, Stop);
        return request;
    }

    private (JsonElement Header, JsonElement Claims) Verified(string jwt)
    {
        var parts = jwt.Split('.');
        var signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        key.VerifyData(signed, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .Should().BeTrue("the account's key has signed it");
        return (Json(parts[0]), Json(parts[1]));
    }

    private static JsonElement Json(string part) => JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(part));
}
