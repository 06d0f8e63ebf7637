using System.Net;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public sealed class UpstreamCredentialStoreTests : IDisposable
{
    private static readonly UpstreamAccount Signing = Chats.Account() with
    {
        Credentials = UpstreamCredentials.None with { Identity = new UpstreamIdentity.AwsKeys("id", "secret", "session") },
        Options = new UpstreamOptions { Region = "eu-central-1" },
    };

    private readonly UpstreamCredentialStore store = new(
        new UpstreamConnections(new NameResolver(), NullLogger<UpstreamConnections>.Instance), new ManualTime(), NullLogger<UpstreamCredentialStore>.Instance);

    public void Dispose() => store.Dispose();

    [Fact]
    public async Task A_plain_key_is_told_as_its_kind_tells_it()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://x.example/");

        await store.For(Chats.Account(), credentials => new HeaderCredential("x-api-key", credentials.ApiKey)).ApplyAsync(request, default, Stop);

        request.Headers.GetValues("x-api-key").Should().Equal("sk-hunter2");
        request.Headers.Authorization.Should().BeNull();
    }

    [Fact]
    public void A_credential_lives_on_as_long_as_nothing_it_is_made_of_changes()
    {
        var first = store.For(Signing, Never);

        store.Keep([Signing with { Name = "renamed" }]);
        store.For(Signing with { Name = "renamed", BaseUrl = new Uri("https://elsewhere.example/") }, Never).Should().BeSameAs(first);
        foreach (var other in Others())
            store.For(other, Never).Should().NotBeSameAs(first);
    }

    [Fact]
    public void A_credential_that_nobody_has_any_more_is_forgotten()
    {
        var first = store.For(Signing, Never);

        store.Keep([]);

        store.For(Signing, Never).Should().NotBeSameAs(first);
    }

    [Fact]
    public void Each_identity_has_its_credential()
    {
        Made(new UpstreamIdentity.AwsDefault()).Should().BeOfType<SigV4Credential>();
        Made(new UpstreamIdentity.AwsKeys("id", "secret", null)).Should().BeOfType<SigV4Credential>();
        Made(new UpstreamIdentity.GoogleDefault()).Should().BeOfType<AccessTokenCredential>();
        Made(new UpstreamIdentity.GoogleServiceAccount("a@b", "pem", null, new Uri("https://x.example/"))).Should().BeOfType<AccessTokenCredential>();
        Made(new UpstreamIdentity.EntraApplication("t", "c", "s")).Should().BeOfType<AccessTokenCredential>();
        Made(new UpstreamIdentity.EntraManagedIdentity(null)).Should().BeOfType<AccessTokenCredential>();
        Made(new UpstreamIdentity.EntraWorkload(null, null)).Should().BeOfType<AccessTokenCredential>();
    }

    [Theory]
    [InlineData("api-key", "", "k-1", "k-1")]
    [InlineData("Authorization", "Bearer ", "k-1", "Bearer k-1")]
    public async Task A_key_goes_into_the_header_it_belongs_in(string name, string prefix, string key, string sent)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://x.example/");
        var credential = new HeaderCredential(name, key, prefix);

        await credential.ApplyAsync(request, default, Stop);
        await credential.ApplyAsync(request, default, Stop);

        request.Headers.GetValues(name).Should().Equal(sent);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Without_a_key_there_is_no_header(string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://x.example/");

        await new HeaderCredential("api-key", key).ApplyAsync(request, default, Stop);

        request.Headers.Should().BeEmpty();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static ICredential Never(UpstreamCredentials credentials) => throw new InvalidOperationException("There is no plain key.");

    private ICredential Made(UpstreamIdentity identity) =>
        store.For(Signing with { Credentials = UpstreamCredentials.None with { Identity = identity } }, Never);

    private static IEnumerable<UpstreamAccount> Others() =>
    [
        Signing with { Id = new(new Guid("22222222-2222-2222-2222-222222222222")) },
        Signing with { Credentials = UpstreamCredentials.None with { Identity = new UpstreamIdentity.AwsKeys("id", "another", "session") } },
        Signing with { Options = new UpstreamOptions { Region = "us-east-1" } },
        Signing with { AllowedNetworks = [IPNetwork.Parse("10.0.0.0/8")] },
    ];
}
