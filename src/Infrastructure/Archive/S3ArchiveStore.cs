using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>
/// A bucket of AWS or of a server that speaks its language, and the only place that knows the client library. An object
/// appears whole or not at all; its bytes are part of what is signed, so damage on the way is refused.
/// </summary>
internal sealed class S3ArchiveStore : IArchiveStore, IDisposable
{
    // Long enough for a slow line; a connection that has died quietly is given up all the same.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private const long BytesPerSecond = 128 * 1024;

    private readonly ArchiveSettings.S3 settings;
    private readonly AmazonS3Client client;
    private readonly TimeProvider clock;

    public S3ArchiveStore(ArchiveSettings.S3 settings, TimeProvider clock)
    {
        (this.settings, this.clock) = (settings, clock);
        var config = new AmazonS3Config
        {
            MaxErrorRetry = 0,   // the archive repeats, for ever
            Timeout = Timeout.InfiniteTimeSpan,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (settings.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
            config.ForcePathStyle = true;
            config.AuthenticationRegion = settings.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(settings.Region);
        }

        client = settings.Credentials is { } given ? new AmazonS3Client(CredentialsOf(given), config) : new AmazonS3Client(config);
    }

    public async Task PutAsync(string name, string file, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience + TimeSpan.FromSeconds(new FileInfo(file).Length / BytesPerSecond), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            // A whole payload with its hash is what every server of this kind understands; not all know chunks with trailers.
            await client.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = settings.Bucket,
                    Key = settings.Prefix + name,
                    FilePath = file,
                    ContentType = "application/gzip",
                    UseChunkEncoding = false,
                },
                either.Token);
        }
        catch (AmazonServiceException refused)
        {
            // What the server wrote besides may quote the request, and with it how it was signed.
            throw new ArchiveStoreException(FormattableString.Invariant($"S3 answered {(int)refused.StatusCode} {refused.ErrorCode}"), refused);
        }
        catch (OperationCanceledException late) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ArchiveStoreException("S3 did not answer in time", late);
        }
        catch (Exception failure) when (failure is AmazonClientException or HttpRequestException or IOException)
        {
            throw new ArchiveStoreException(failure.GetBaseException().Message, failure);
        }
    }

    public void Dispose() => client.Dispose();

    private static AWSCredentials CredentialsOf(S3Credentials given) => given.Token is null
        ? new BasicAWSCredentials(given.Id, given.Secret)
        : new SessionAWSCredentials(given.Id, given.Secret, given.Token);
}
