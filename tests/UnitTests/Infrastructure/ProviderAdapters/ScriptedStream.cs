namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

/// <summary>A connection that hands out bytes in the pieces a test has cut, and then ends as the test wants.</summary>
internal sealed class ScriptedStream(IEnumerable<ReadOnlyMemory<byte>> pieces, Func<CancellationToken, Task<int>>? atEnd = null) : Stream
{
    private readonly Queue<ReadOnlyMemory<byte>> rest = new(pieces.Where(piece => !piece.IsEmpty));

    public bool IsClosed { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!rest.TryPeek(out var piece))
            return atEnd is null ? 0 : await atEnd(cancellationToken);

        var read = Math.Min(piece.Length, buffer.Length);
        piece[..read].CopyTo(buffer);
        rest.Dequeue();
        if (read < piece.Length)
        {
            var others = rest.ToArray();
            rest.Clear();
            rest.Enqueue(piece[read..]);
            foreach (var other in others)
                rest.Enqueue(other);
        }

        return read;
    }

    /// <summary>Silence until the reader has had enough.</summary>
    public static async Task<int> SilenceAsync(CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource<int>();
        await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
        return await never.Task;
    }

    protected override void Dispose(bool disposing)
    {
        IsClosed = true;
        base.Dispose(disposing);
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
