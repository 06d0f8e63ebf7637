namespace CleanGateway.Infrastructure.Configuration;

/// <summary>Where exchanges are archived once they are in the database.</summary>
/// <param name="MaxBytes">Bytes waiting on the gateway's disk from which on no more are taken.</param>
public abstract record ArchiveSettings(long MaxBytes)
{
    /// <summary>A folder of the machine, or mounted there.</summary>
    /// <param name="Path">Absolute.</param>
    public sealed record Folder(string Path, long MaxBytes) : ArchiveSettings(MaxBytes);

    /// <summary>A bucket of AWS, or of a server that speaks its language.</summary>
    /// <param name="Prefix">What keys begin with, up to and including a slash; or empty.</param>
    /// <param name="Endpoint">Null: AWS.</param>
    /// <param name="Credentials">Null: AWS's usual places are asked.</param>
    public sealed record S3(string Bucket, string Prefix, string Region, Uri? Endpoint, S3Credentials? Credentials, long MaxBytes) : ArchiveSettings(MaxBytes);

    private const string UsualRegion = "us-east-1";

    internal static ArchiveSettings? Read(SettingsReader read)
    {
        var kind = read.Required(KnownSettings.LogArchive);
        var folder = read.Optional(KnownSettings.ArchiveFolder);
        var most = read.Required(KnownSettings.ArchiveMaxBytes);
        var bucket = read.Optional(KnownSettings.ArchiveS3Bucket);
        var prefix = read.Optional(KnownSettings.ArchiveS3Prefix) ?? "";
        var region = read.Optional(KnownSettings.ArchiveS3Region);
        var endpoint = read.Optional(KnownSettings.ArchiveS3Endpoint);
        var (id, secret, token) = (
            read.Optional(KnownSettings.AwsAccessKeyId), read.Optional(KnownSettings.AwsSecretAccessKey), read.Optional(KnownSettings.AwsSessionToken));

        switch (kind)
        {
            case LogArchive.Folder:
                if (folder is null)
                    read.RejectMissing(KnownSettings.ArchiveFolder, "LOG_ARCHIVE=folder needs it");
                return folder is null ? null : new Folder(System.IO.Path.GetFullPath(folder), most);

            case LogArchive.S3:
                if (bucket is null)
                    read.RejectMissing(KnownSettings.ArchiveS3Bucket, "LOG_ARCHIVE=s3 needs it");
                if (region is null && endpoint is null)
                    read.RejectMissing(KnownSettings.ArchiveS3Region, "LOG_ARCHIVE=s3 needs it, or ARCHIVE_S3_ENDPOINT");
                if (id is null != secret is null)
                {
                    var missing = id is null ? KnownSettings.AwsAccessKeyId : KnownSettings.AwsSecretAccessKey;
                    read.RejectMissing(missing, "one of the two is of no use without the other");
                }

                var folders = prefix.Length == 0 || prefix.EndsWith('/') ? prefix : prefix + "/";
                var credentials = id is null || secret is null ? null : new S3Credentials(id, secret, token);
                return bucket is null ? null : new S3(bucket, folders, region ?? UsualRegion, endpoint, credentials, most);

            default:
                return null;
        }
    }
}

/// <summary>Credentials for S3, which do not print themselves.</summary>
/// <param name="Token">With temporary ones.</param>
public sealed record S3Credentials(string Id, string Secret, string? Token)
{
    public override string ToString() => "***";
}

/// <summary>Where exchanges are archived.</summary>
internal enum LogArchive
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>In a folder.</summary>
    Folder,

    /// <summary>In an S3 bucket.</summary>
    S3,
}
