namespace CleanGateway.Infrastructure.Archive;

/// <summary>A folder of the machine, or mounted there. A file appears in it whole, or not at all.</summary>
internal sealed class FolderArchiveStore(string root) : IArchiveStore
{
    private const string Unfinished = ".unfinished";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public async Task PutAsync(string name, string file, CancellationToken cancellationToken)
    {
        try
        {
            var path = Path.Combine(root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
            await CopyAsync(file, path + Unfinished, cancellationToken);
            File.Move(path + Unfinished, path, overwrite: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ArchiveStoreException(refused.Message, refused);
        }
    }

    private static async Task CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        await using var source = File.OpenRead(from);
        await using var target = new FileStream(
            to, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = OwnerOnly });
        await source.CopyToAsync(target, cancellationToken);

        // The staged lines go when this is done, so it must not be in the kernel's memory alone.
        target.Flush(flushToDisk: true);
    }
}
