using System.Buffers.Text;

namespace CleanGateway.Benchmarks.Servers;

/// <summary>What a call asks of the upstream.</summary>
/// <param name="Chunks">Chunks of a stream; 0: the answer comes whole.</param>
/// <param name="IntervalMs">Milliseconds from one to the next.</param>
/// <param name="DelayMs">Milliseconds until the answer begins.</param>
/// <param name="Usage">Whether a stream tells what was used.</param>
internal sealed record UpstreamWish(int Chunks, int IntervalMs, int DelayMs, bool Usage)
{
    private static readonly UpstreamWish None = new(0, 0, 0, Usage: false);

    public bool IsImmediate => Chunks == 0 && DelayMs == 0;

    /// <summary>The value of a chat's <c>user</c> that asks for it.</summary>
    public string User => FormattableString.Invariant($"load:{Chunks}:{IntervalMs}:{DelayMs};");

    public static UpstreamWish In(ReadOnlySpan<byte> request)
    {
        var marker = "load:"u8;
        var at = request.IndexOf(marker);
        if (at < 0)
            return None;

        var text = request[(at + marker.Length)..];
        return new UpstreamWish(Number(ref text), Number(ref text), Number(ref text), request.IndexOf("\"include_usage\""u8) >= 0);
    }

    private static int Number(ref ReadOnlySpan<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out int number, out var length))
            throw new InvalidDataException("What is asked of the upstream cannot be read");

        text = text[Math.Min(text.Length, length + 1)..];
        return number;
    }
}
