using System.Buffers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace CleanGateway.Infrastructure.ProviderAdapters.Framing;

/// <summary>
/// Server-sent events as Google sends them: one of its errors may stand in the middle of them as plain JSON, which would be
/// lost as no event at all.
/// </summary>
internal sealed class GoogleEvents : IFraming
{
    private static readonly byte[] BlankLine = "\n\n"u8.ToArray();

    public string MediaType => "text/event-stream";

    public async IAsyncEnumerable<UpstreamEvent> ReadAsync(UpstreamBody body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        body.Ending = BlankLine;
        await using var watched = new PlainJson(body);
        var events = SseParser.Create(watched, ServerSentEvents.Event);
        await foreach (var item in events.EnumerateAsync(cancellationToken))
        {
            body.EventRead();
            yield return item.Data;
        }

        if (watched.Found is { IsEmpty: false } error)
            yield return new UpstreamEvent(error, IsError: true);
    }

    /// <summary>Passes on what it reads, and keeps what follows from a line on that begins as JSON does and no field of an event.</summary>
    private sealed class PlainJson(Stream inner) : Stream
    {
        private const int MostBytes = 64 * 1024;

        private readonly ArrayBufferWriter<byte> found = new();
        private bool isLineStart = true;

        public ReadOnlyMemory<byte> Found => found.WrittenMemory;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            Watch(buffer.Span[..read]);
            return read;
        }

        private void Watch(ReadOnlySpan<byte> bytes)
        {
            while (found.WrittenCount == 0 && !bytes.IsEmpty && !(isLineStart && bytes[0] is ((byte)'{' or (byte)'[')))
            {
                isLineStart = bytes[0] is (byte)'\n' or (byte)'\r';
                bytes = bytes[1..];
            }

            found.Write(bytes[..Math.Min(bytes.Length, MostBytes - found.WrittenCount)]);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

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
}
