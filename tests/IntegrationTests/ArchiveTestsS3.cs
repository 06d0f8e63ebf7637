using CleanGateway.Infrastructure.Archive;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>Putting one file into S3, well and badly.</summary>
public sealed class ArchiveTestsS3 : IDisposable
{
    private const string Name = "2026/11/21/12/a.host-0197a0000000700080000000000000ff.jsonl.gz";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Source => Path.Combine(folder.Path, "file");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", null)]
    [InlineData("gateway/prod/", null)]
    [InlineData("a!b_c.d*e'f(g)/", "token/hunter2==")]
    public async Task A_file_arrives_signed_and_whole(string prefix, string? token)
    {
        await using var s3 = await FakeS3.StartAsync(token);
        using var store = Store(s3, prefix: prefix, token: token);
        var content = await WriteAsync(300_000);

        await store.PutAsync(Name, Source, Stop);

        s3.Objects.Should().ContainSingle().Which.Key.Should().Be(prefix + Name);
        s3.Objects[prefix + Name].Should().Equal(content);
        s3.Puts.Should().ContainSingle().Which.ContentType.Should().Be("application/gzip");
    }

    [Fact]
    public async Task A_file_that_comes_again_replaces_the_first()
    {
        await using var s3 = await FakeS3.StartAsync();
        using var store = Store(s3);
        await WriteAsync(1000);
        await store.PutAsync(Name, Source, Stop);
        var more = await WriteAsync(2000);

        await store.PutAsync(Name, Source, Stop);

        s3.Objects.Should().ContainSingle().Which.Value.Should().Equal(more);
    }

    [Theory]
    [InlineData(500, "InternalError")]
    [InlineData(503, "SlowDown")]
    [InlineData(404, "NoSuchBucket")]
    public async Task A_refusal_is_told_in_few_words_and_asked_once(int status, string code)
    {
        await using var s3 = await FakeS3.StartAsync();
        s3.Answer = put => put.RefuseAsync(status, code);
        using var store = Store(s3);
        await WriteAsync(1000);

        var put = () => store.PutAsync(Name, Source, Stop);

        (await put.Should().ThrowAsync<ArchiveStoreException>()).Which.Message.Should().Be($"S3 answered {status} {code}");
        s3.Puts.Should().ContainSingle("whoever archives repeats, not the client");
    }

    [Theory]
    [InlineData(FakeS3.Id, "another/hunter2", FakeS3.Region, "403 SignatureDoesNotMatch")]
    [InlineData("AKIA-another", FakeS3.Secret, FakeS3.Region, "403 InvalidAccessKeyId")]
    [InlineData(FakeS3.Id, FakeS3.Secret, "us-east-1", "400 AuthorizationHeaderMalformed")]
    public async Task A_wrong_credential_is_told_without_it(string id, string secret, string region, string told)
    {
        await using var s3 = await FakeS3.StartAsync();
        using var store = Store(s3, id: id, secret: secret, region: region);
        await WriteAsync(1000);

        var put = () => store.PutAsync(Name, Source, Stop);

        (await put.Should().ThrowAsync<ArchiveStoreException>()).Which.Message.Should().Be($"S3 answered {told}");
        s3.Objects.Should().BeEmpty();
    }

    [Fact]
    public async Task A_connection_that_breaks_is_a_failure()
    {
        await using var s3 = await FakeS3.StartAsync();
        s3.Answer = put =>
        {
            put.Reset();
            return Task.CompletedTask;
        };
        using var store = Store(s3);
        await WriteAsync(1000);

        await FluentActions.Awaiting(() => store.PutAsync(Name, Source, Stop)).Should().ThrowAsync<ArchiveStoreException>();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_failure()
    {
        var s3 = await FakeS3.StartAsync();
        using var store = Store(s3);
        await s3.DisposeAsync();
        await WriteAsync(1000);

        await FluentActions.Awaiting(() => store.PutAsync(Name, Source, Stop)).Should().ThrowAsync<ArchiveStoreException>();
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up_after_a_time()
    {
        await using var s3 = await FakeS3.StartAsync();
        s3.Answer = put => put.HungUpAsync();
        var clock = new UnitTests.Infrastructure.ManualTime();
        using var store = Store(s3, clock: clock);
        await WriteAsync(1000);

        var put = store.PutAsync(Name, Source, Stop);
        await Eventually.IsTrueAsync(() => s3.Puts.Count == 1, "it has been asked");
        put.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromMinutes(2));

        (await FluentActions.Awaiting(() => put).Should().ThrowAsync<ArchiveStoreException>()).Which.Message.Should().Be("S3 did not answer in time");
    }

    private static S3ArchiveStore Store(
        FakeS3 s3, string prefix = "", string? token = null, string id = FakeS3.Id, string secret = FakeS3.Secret, string region = FakeS3.Region,
        TimeProvider? clock = null) =>
        new(new ArchiveSettings.S3(FakeS3.Bucket, prefix, region, s3.Url, new S3Credentials(id, secret, token), 0), clock ?? TimeProvider.System);

    private async Task<byte[]> WriteAsync(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        await File.WriteAllBytesAsync(Source, content, Stop);
        return content;
    }
}
