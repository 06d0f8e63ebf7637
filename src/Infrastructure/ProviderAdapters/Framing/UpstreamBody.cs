namespace CleanGateway.Infrastructure.ProviderAdapters.Framing;

/// <summary>
/// The bytes of an upstream's stream under watch: silence ends it, an endless event ends it.
/// </summary>
internal sealed class UpstreamBody(Stream inner, Patience patience, TimeSpan idleTimeout) : Stream
{
    /// <summary>Far beyond any real event; images in one go come to a few megabytes.</summary>
    public const int MaxEventBytes = 8 * 1024 * 1024;

    private int sinceLastEvent;
    private int endingSent;
    private bool begun;
    private bool ended;

    /// <summary>What follows the last byte, for framings whose upstreams forget it.</summary>
    public ReadOnlyMemory<byte> Ending { get; set; }

    public void EventRead() => sinceLastEvent = 0;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (ended)
            return End(buffer.Span);

        // The request's deadline holds for the first byte; from there on each wait has one of its own.
        if (begun)
            patience.Restart(idleTimeout);

        var read = await inner.ReadAsync(buffer, patience.Token);
        patience.Pause();
        begun = true;

        if (read == 0)
            return End(buffer.Span);

        sinceLastEvent += read;
        return sinceLastEvent <= MaxEventBytes ? read : throw new InvalidDataException($"An event of more than {MaxEventBytes} bytes.");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private int End(Span<byte> buffer)
    {
        ended = true;
        var rest = Ending.Span[endingSent..];
        rest = rest[..Math.Min(rest.Length, buffer.Length)];
        rest.CopyTo(buffer);
        endingSent += rest.Length;
        return rest.Length;
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
