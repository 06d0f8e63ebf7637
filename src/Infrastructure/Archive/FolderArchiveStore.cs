namespace CleanGateway.Infrastructure.Archive;

/// <summary>A folder of the machine, or mounted there. A file appears in it whole, or not at all.</summary>
internal sealed class FolderArchiveStore(string root) : IArchiveStore
{
    private const string Unfinished = ".unfinished";
    private const string Extension = StagedFile.Extension + StagedFile.CompressedExtension;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public async Task PutAsync(string name, string file, CancellationToken cancellationToken)
    {
        try
        {
            var path = Path.Combine(root, FreeFor(new FileInfo(file).Length, name));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
            await CopyAsync(file, path + Unfinished, cancellationToken);
            File.Move(path + Unfinished, path, overwrite: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ArchiveStoreException(refused.Message, refused);
        }
    }

    // A file only grows until it is sent. One that is shorter than what has its name is an earlier state of it, from a
    // backup: beside the other, under a name that sorts before it, it takes nothing away and corrects nothing back.
    private string FreeFor(long length, string name)
    {
        var free = name;
        for (var copy = 1; new FileInfo(Path.Combine(root, free)) is { Exists: true } there && there.Length > length; copy++)
        {
            free = name.EndsWith(Extension, StringComparison.Ordinal)
                ? FormattableString.Invariant($"{name[..^Extension.Length]}.{copy}{Extension}")
                : FormattableString.Invariant($"{name}.{copy}");
        }

        return free;
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
