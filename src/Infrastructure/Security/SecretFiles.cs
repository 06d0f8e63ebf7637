using System.Text;
using CleanGateway.Application.FirstStart;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Security;

/// <summary>Secrets in files of the data folder, mode 0600, written whole or not at all.</summary>
internal sealed class SecretFiles(string folder) : ISecretFiles
{
    public async Task<SecretFile> ReadOrCreateAsync(string name, Func<string> create, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, name);
        try
        {
            if (!File.Exists(path))
                await WriteAsync(path, create(), cancellationToken);

            var secret = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
            return secret.Length > 0 ? new SecretFile(path, secret) : throw new StartException($"The file {path} is empty: remove it to have a new one made");
        }
        catch (Exception inaccessible) when (inaccessible is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The file {path} cannot be used: {inaccessible.Message}", inaccessible);
        }
    }

    /// <summary>Puts another secret in the file's place.</summary>
    /// <exception cref="StartException">The file cannot be written.</exception>
    public async Task ReplaceAsync(string name, string secret, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, name);
        try
        {
            await WriteAsync(path, secret, cancellationToken);
        }
        catch (Exception inaccessible) when (inaccessible is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The file {path} cannot be written: {inaccessible.Message}", inaccessible);
        }
    }

    // A crash in the middle leaves a temporary file, never half a secret under the real name.
    private static async Task WriteAsync(string path, string secret, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.{Environment.ProcessId}.new";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using (var file = new FileStream(temporary, options))
        {
            await file.WriteAsync(Encoding.UTF8.GetBytes(secret + "\n"), cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);

        // Flushed once more under its name: that writes the journal of the file system, and with it the renaming.
        await using var renamed = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        renamed.Flush(flushToDisk: true);
    }
}
