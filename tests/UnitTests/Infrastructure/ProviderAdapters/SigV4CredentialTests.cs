using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Identity;
using Amazon.Runtime.Internal.Auth;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class SigV4CredentialTests
{
    private const string Body = """{"messages":[{"role":"user","content":[{"text":"hello"}]}]}""";
    private const string Host = "bedrock-runtime.us-east-1.amazonaws.com";
    private const string Claude = "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse";
    private const string Profile =
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-sonnet-4-6/converse-stream";

    private static readonly UpstreamIdentity.AwsKeys Example = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null);

    private readonly ManualTime clock = new();

    [Theory]
    [InlineData(Claude, null, "63e8a76de9d8a4ef2009e955df66477a3d03a34b6a4db7fbeb486dc5f5e3e822")]
    [InlineData(Profile, null, "10b91831afec74172520b94e4fa76f65fe5612ee3c3d24e11fa350a236a33eaa")]
    [InlineData(Claude, "FQoGZXIvYXdzEXAMPLETOKEN==", "b87d7a8458830d5a1b70b598370b05420e51bd89f24c9871436647fbf5c5421a")]
    public async Task Requests_are_signed_as_the_vendors_SDK_signs_them(string path, string? session, string signature)
    {
        SetTime(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

        var request = await SignAsync($"https://{Host}{path}", Example with { SessionToken = session });

        var names = "content-type;host;x-amz-content-sha256;x-amz-date" + (session is null ? "" : ";x-amz-security-token");
        request.Headers.GetValues("Authorization").Should().Equal(
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/bedrock/aws4_request, SignedHeaders={names}, Signature={signature}");
        request.Headers.GetValues("x-amz-date").Should().Equal("20260101T000000Z");
        request.Headers.GetValues("x-amz-content-sha256").Should().Equal("331b626fbec967399a3c05643d22e56af43ee9839874a2db641bd025f84436d8");
        request.Headers.TryGetValues("x-amz-security-token", out var sent).Should().Be(session is not null);
        sent.Should().BeEquivalentTo(session is null ? null : [session]);
        request.RequestUri!.PathAndQuery.Should().Be(path, "it is sent as it was written");
    }

    [Fact]
    public async Task The_computed_vectors_agree()
    {
        using var vectors = JsonDocument.Parse(await File.ReadAllBytesAsync(SharedData.Find("bedrock-wire-vectors.json"), Stop));
        foreach (var vector in vectors.RootElement.GetProperty("sigv4").EnumerateArray())
        {
            string Text(string name) => vector.GetProperty(name).GetString()!;
            SetTime(DateTimeOffset.ParseExact(Text("amzDate"), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
            var keys = new UpstreamIdentity.AwsKeys(Text("accessKey"), Text("secretKey"), vector.GetProperty("sessionToken").GetString());

            var request = Request($"https://{Text("host")}{Text("wirePath")}");
            await new SigV4Credential(new GivenAwsKeys(keys), Text("region"), clock)
                .ApplyAsync(request, Encoding.UTF8.GetBytes(Text("body")), Stop);

            request.Headers.GetValues("Authorization").Should().Equal(Text("authorization"));
        }
    }

    [Theory]
    [InlineData("https://localhost:8443/a/b", "/a/b", "", "localhost:8443")]
    [InlineData("https://x.example/", "/", "", "x.example")]
    [InlineData("https://x.example/a?b=2&a=1&b=1&c", "/a", "a=1&b=1&b=2&c=", "x.example")]
    [InlineData("https://x.example/a?q=%2F+%20ä", "/a", "q=%2F%2B%20%C3%A4", "x.example")]
    public async Task Ports_and_queries_are_signed_too(string url, string path, string query, string host)
    {
        var request = await SignAsync(url, Example);

        // The SDK works out the signature, once the request is in its canonical form.
        var time = request.Headers.GetValues("x-amz-date").Single();
        var hash = request.Headers.GetValues("x-amz-content-sha256").Single();
        const string Names = "content-type;host;x-amz-content-sha256;x-amz-date";
        var headers = $"content-type:application/json\nhost:{host}\nx-amz-content-sha256:{hash}\nx-amz-date:{time}\n";
        var keys = new ImmutableCredentials(Example.AccessKeyId, Example.SecretAccessKey, null);
        var expected = AWS4Signer.ComputeSignature(
            keys, "us-east-1", clock.GetUtcNow().UtcDateTime, "bedrock", Names, $"POST\n{path}\n{query}\n{headers}\n{Names}\n{hash}");
        request.Headers.GetValues("Authorization").Should().Equal(expected.ForAuthorizationHeader);
    }

    [Fact]
    public async Task A_request_that_is_signed_twice_carries_one_signature()
    {
        var request = await SignAsync($"https://{Host}{Claude}", Example with { SessionToken = "old" });

        clock.Advance(TimeSpan.FromMinutes(1));
        await new SigV4Credential(new GivenAwsKeys(Example), "us-east-1", clock).ApplyAsync(request, Bytes, Stop);

        var once = await SignAsync($"https://{Host}{Claude}", Example);
        request.Headers.GetValues("Authorization").Should().Equal(once.Headers.GetValues("Authorization"));
        request.Headers.GetValues("x-amz-date").Should().ContainSingle();
        request.Headers.Contains("x-amz-security-token").Should().BeFalse();
    }

    [Fact]
    public async Task Keys_that_were_refused_are_given_back_and_others_taken()
    {
        var keys = new ScriptedKeys(Example with { SessionToken = "first" }, Example with { SessionToken = "second" });
        var credential = new SigV4Credential(keys, "us-east-1", clock);

        var first = Request($"https://{Host}{Claude}");
        await credential.ApplyAsync(first, Bytes, Stop);
        credential.Forget(first);
        var second = Request($"https://{Host}{Claude}");
        await credential.ApplyAsync(second, Bytes, Stop);

        keys.Forgotten.Should().Equal("first");
        second.Headers.GetValues("x-amz-security-token").Should().Equal("second");
    }

    [Fact]
    public async Task Keys_that_the_SDK_lends_are_taken_and_given_back_when_they_are_refused()
    {
        var lent = new LentCredentials();
        var keys = new DefaultAwsKeys(new Places(lent));

        var first = await keys.GetAsync(Stop);
        keys.Forget("of another session");
        (await keys.GetAsync(Stop)).Should().Be(first);
        keys.Forget(first.SessionToken!);

        (first.AccessKeyId, first.SessionToken).Should().Be(("id-1", "session-1"));
        (await keys.GetAsync(Stop)).SessionToken.Should().Be("session-2");
    }

    [Fact]
    public async Task Where_the_SDK_finds_nothing_there_is_an_error_that_shows_nothing()
    {
        var keys = new DefaultAwsKeys(new Places(null));

        (await FluentActions.Awaiting(() => keys.GetAsync(Stop).AsTask()).Should().ThrowAsync<UpstreamCredentialException>())
            .Which.Message.Should().Contain("AWS SDK").And.NotContain("hunter2");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static byte[] Bytes => Encoding.UTF8.GetBytes(Body);

    private void SetTime(DateTimeOffset time) => clock.Advance(time - clock.GetUtcNow());

    private async Task<HttpRequestMessage> SignAsync(string url, UpstreamIdentity.AwsKeys keys)
    {
        var request = Request(url);
        await new SigV4Credential(new GivenAwsKeys(keys), "us-east-1", clock).ApplyAsync(request, Bytes, Stop);
        return request;
    }

    private static HttpRequestMessage Request(string url) => new(HttpMethod.Post, url)
    {
        Content = new ByteArrayContent(Bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    };

    private sealed class ScriptedKeys(params UpstreamIdentity.AwsKeys[] keys) : IAwsKeySource
    {
        public List<string> Forgotten { get; } = [];

        public ValueTask<UpstreamIdentity.AwsKeys> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(keys[Forgotten.Count]);

        public void Forget(string sessionToken) => Forgotten.Add(sessionToken);
    }

    private sealed class LentCredentials : RefreshingAWSCredentials
    {
        private int generation;

        protected override CredentialsRefreshState GenerateNewCredentials()
        {
            generation++;
            var keys = new ImmutableCredentials($"id-{generation}", "secret", $"session-{generation}");
            return new CredentialsRefreshState(keys, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(1));
        }

        protected override Task<CredentialsRefreshState> GenerateNewCredentialsAsync() => Task.FromResult(GenerateNewCredentials());
    }

    private sealed class Places(AWSCredentials? found) : IIdentityResolver<AWSCredentials>
    {
        public AWSCredentials ResolveIdentity(IClientConfig clientConfig) => found ?? throw new AmazonClientException("nothing in /home/hunter2");

        public Task<AWSCredentials> ResolveIdentityAsync(IClientConfig clientConfig, CancellationToken cancellationToken = default) =>
            Task.FromResult(ResolveIdentity(clientConfig));

        BaseIdentity IIdentityResolver.ResolveIdentity(IClientConfig clientConfig) => ResolveIdentity(clientConfig);

        async Task<BaseIdentity> IIdentityResolver.ResolveIdentityAsync(IClientConfig clientConfig, CancellationToken cancellationToken) =>
            await ResolveIdentityAsync(clientConfig, cancellationToken);
    }
}
