using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>
/// An S3-compatible server on a real socket with one bucket, as strict as AWS's about who asks and what arrived, that fails
/// when a test tells it to.
/// </summary>
internal sealed class FakeS3 : IAsyncDisposable
{
    public const string Bucket = "the-logs";
    public const string Region = "eu-central-1";
    public const string Id = "AKIAIOSFODNN7EXAMPLE";
    public const string Secret = "hunter2/K7MDENG/bPxRfiCYEXAMPLEKEY";

    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(15);

    private readonly WebApplication app;
    private readonly ConcurrentQueue<S3Put> puts = new();

    private FakeS3()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        app = builder.Build();
        app.Run(ServeAsync);
    }

    /// <summary>What it does with each object that is properly put.</summary>
    public Func<S3Put, Task> Answer { get; set; } = put => put.StoreAsync();

    /// <summary>Temporary credentials have a token; null: these are not.</summary>
    public string? Token { get; init; }

    public Uri Url => new(app.Urls.First());

    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>Every attempt that was properly signed.</summary>
    public IReadOnlyList<S3Put> Puts => [.. puts];

    /// <summary>What a gateway has to be told to archive here.</summary>
    public (string Name, string Value)[] Settings =>
    [
        ("LOG_ARCHIVE", "s3"), ("ARCHIVE_S3_BUCKET", Bucket), ("ARCHIVE_S3_REGION", Region), ("ARCHIVE_S3_ENDPOINT", Url.AbsoluteUri),
        ("AWS_ACCESS_KEY_ID", Id), ("AWS_SECRET_ACCESS_KEY", Secret),
    ];

    public static async Task<FakeS3> StartAsync(string? token = null)
    {
        var server = new FakeS3 { Token = token };
        await server.app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext http)
    {
        var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var put = new S3Put(this, http, body.ToArray());
        if (WhatIsWrong(put) is var (status, code))
        {
            await put.RefuseAsync(status, code);
            return;
        }

        puts.Enqueue(put);
        await Answer(put);
    }

    private (int Status, string Code)? WhatIsWrong(S3Put put)
    {
        var request = put.Http.Request;
        if (S3Signature.Parse(request.Headers.Authorization.ToString()) is not var (id, scope, signed, signature))
            return (403, "AccessDenied");

        var date = request.Headers["x-amz-date"].ToString();
        var claimed = request.Headers["x-amz-content-sha256"].ToString();
        var mustBeSigned = request.Headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal)).Append("host");
        if (id != Id)
            return (403, "InvalidAccessKeyId");
        if (mustBeSigned.Except(signed).Any())
            return (403, "AccessDenied");
        if (scope != $"{date[..8]}/{Region}/s3/aws4_request")
            return (400, "AuthorizationHeaderMalformed");
        if ((TimeProvider.System.GetUtcNow() - S3Signature.DateOf(date)).Duration() > LargestSkew)
            return (403, "RequestTimeTooSkewed");
        if ((request.Headers["x-amz-security-token"] is [var token] ? token : null) != Token)
            return (403, "InvalidToken");

        var headers = signed.ToDictionary(
            name => name, name => name == "host" ? request.Host.Value! : request.Headers[name].ToString(), StringComparer.Ordinal);
        if (S3Signature.Of(request.Method, put.Path, [], headers, claimed, date, Region, Secret) != signature)
            return (403, "SignatureDoesNotMatch");
        if (claimed != S3Signature.Hex(SHA256.HashData(put.Body)))
            return (400, "XAmzContentSHA256Mismatch");
        if (request.Method != "PUT" || request.QueryString.HasValue)
            return (501, "NotImplemented");

        return put.Path.StartsWith($"/{Bucket}/", StringComparison.Ordinal) ? null : (404, "NoSuchBucket");
    }
}

/// <summary>An object on its way into the fake S3, with a proper signature.</summary>
internal sealed class S3Put(FakeS3 server, HttpContext http, byte[] body)
{
    public HttpContext Http => http;
    public byte[] Body => body;

    /// <summary>As it was sent, decoded.</summary>
    public string Path { get; } = Uri.UnescapeDataString(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0]);

    public string? ContentType { get; } = http.Request.ContentType;

    public string Key => Path[(FakeS3.Bucket.Length + 2)..];

    public async Task StoreAsync()
    {
        Keep();
        http.Response.Headers.ETag = "\"etag\"";
        await http.Response.CompleteAsync();
    }

    /// <summary>Keeps it and says nothing.</summary>
    public void Keep() => server.Objects[Key] = body;

    public async Task RefuseAsync(int status, string code)
    {
        // Like AWS's, it quotes what was sent.
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/xml";
        await http.Response.WriteAsync(
            $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>{code}</Code><Message>No. You sent {http.Request.Headers.Authorization}</Message></Error>
            """);
    }

    /// <summary>Ends the connection without a word.</summary>
    public void Reset() => http.Abort();

    /// <summary>Says nothing until the other side goes.</summary>
    public async Task HungUpAsync()
    {
        var gone = new TaskCompletionSource();
        await using var registered = http.RequestAborted.Register(() => gone.TrySetResult());
        await gone.Task;
    }
}
