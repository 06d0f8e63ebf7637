using System.Buffers.Binary;
using System.Globalization;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Win32.SafeHandles;

namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>One file of the spool: sixteen bytes that say what it is, then records, one behind the other.</summary>
internal sealed class SpoolSegment : IDisposable
{
    public const int HeaderLength = 16;

    private const string Extension = ".seg";
    private const int Version = 1;
    private static ReadOnlySpan<byte> Signature => "CGJOURNL"u8;

    private readonly SafeFileHandle handle;

    private SpoolSegment(string path, long number, SafeFileHandle handle)
    {
        (Path, Number, this.handle) = (path, number, handle);
        Length = Needed = RandomAccess.GetLength(handle);
    }

    public string Path { get; }
    public long Number { get; }

    /// <summary>Bytes that are whole records; what a failed write may have left behind them does not count.</summary>
    public long Length { get; private set; }

    /// <summary>Up to where there are records about calls. When all before it is settled, so is the segment.</summary>
    public long Needed { get; set; }

    /// <summary>Calls that were accepted here and are not settled: their bodies are read from here.</summary>
    public int Pins { get; set; }

    /// <summary>Makes a new file for the spool; its owner alone may read it.</summary>
    public static SpoolSegment Create(string folder, long number)
    {
        var path = System.IO.Path.Combine(folder, number.ToString("x16", CultureInfo.InvariantCulture) + Extension);
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Span<byte> header = stackalloc byte[HeaderLength];
            header.Clear();
            Signature.CopyTo(header);
            BinaryPrimitives.WriteInt32LittleEndian(header[Signature.Length..], Version);
            RandomAccess.Write(handle, header, 0);
            return new SpoolSegment(path, number, handle);
        }
        catch
        {
            handle.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Opens what an earlier process has left.</summary>
    /// <returns>Null when it was not even begun: then there is no record in it.</returns>
    /// <exception cref="StartException">It is of a version that this one cannot read; it is kept as it is.</exception>
    public static SpoolSegment? Open(string path)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        Span<byte> header = stackalloc byte[HeaderLength];
        var read = RandomAccess.Read(handle, header, 0);
        if (read < HeaderLength || !TryNumber(path, out var number))
        {
            handle.Dispose();
            return null;
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(header[Signature.Length..]);
        if (header.StartsWith(Signature) && version == Version)
            return new SpoolSegment(path, number, handle);

        handle.Dispose();
        throw new StartException(
            $"{path} is no journal file of this version (version {version}): run the version of the gateway that wrote it until it has emptied the folder, or move the file away");
    }

    /// <summary>The spool's files in a folder, oldest first.</summary>
    public static IReadOnlyList<string> Find(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*" + Extension).Order(StringComparer.Ordinal)];

    /// <summary>The number in a file's name.</summary>
    public static bool TryNumber(string path, out long number) =>
        long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);

    /// <summary>Appends bytes, all of them or none: what a failed write has left is cut off again.</summary>
    /// <exception cref="IOException">They could not be written.</exception>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long bytes)
    {
        try
        {
            RandomAccess.Write(handle, pieces, Length);
            Length += bytes;
        }
        catch (IOException)
        {
            RandomAccess.SetLength(handle, Length);
            throw;
        }
    }

    /// <summary>Returns when what has been appended would survive the loss of power.</summary>
    public void Sync() => RandomAccess.FlushToDisk(handle);

    public int Read(Span<byte> into, long offset) => RandomAccess.Read(handle, into, offset);

    /// <summary>Cuts off what is no record.</summary>
    public void Truncate(long length)
    {
        RandomAccess.SetLength(handle, length);
        Length = length;
    }

    public void Delete()
    {
        File.Delete(Path);
        Dispose();
    }

    public void Dispose() => handle.Dispose();
}
