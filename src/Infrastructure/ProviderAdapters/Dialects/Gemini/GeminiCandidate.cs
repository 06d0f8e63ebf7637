using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>What has been read of one candidate so far.</summary>
internal sealed class GeminiCandidate
{
    private const int WaveHeadBytes = 44;

    // Base64 says three bytes at a time: in pieces of those, the texts of all pieces are the text of the whole.
    private byte[] unspoken = [];
    private readonly ArrayBufferWriter<byte> wave = new();
    private int sampleRate;

    /// <summary>What the caller has been told in words; the places of citations are in it.</summary>
    public StringBuilder Text { get; } = new();

    /// <summary>Anything but thoughts.</summary>
    public bool HasSpoken { get; set; }

    /// <summary>Google's word for why it ended; null as long as it has not.</summary>
    public string? FinishReason { get; set; }

    /// <summary>The last that came: each says all there is.</summary>
    public JsonElement? Grounding { get; set; }
    public JsonElement? Citations { get; set; }

    /// <summary>A sound that came in a part.</summary>
    /// <param name="asWave">PCM is given a head, and kept for it until the end.</param>
    public void Take(int index, Media media, bool asWave, ChatAnswer answer)
    {
        var bytes = Convert.FromBase64String(media.Base64);
        if (asWave && RateOf(media.MediaType) is { } rate)
        {
            sampleRate = rate;
            wave.Write(bytes);
            return;
        }

        byte[] all = [.. unspoken, .. bytes];
        var whole = all.Length - (all.Length % 3);
        unspoken = all[whole..];
        if (whole > 0)
            answer.Sound(index, all.AsMemory(0, whole));
    }

    /// <summary>What is left of the sounds.</summary>
    public void EndSounds(int index, ChatAnswer answer)
    {
        if (wave.WrittenCount > 0)
            answer.Sound(index, WithHead());
        if (unspoken.Length > 0)
            answer.Sound(index, unspoken);
        unspoken = [];
    }

    // audio/L16;codec=pcm;rate=24000
    private static int? RateOf(string mediaType)
    {
        if (!mediaType.StartsWith("audio/L16", StringComparison.OrdinalIgnoreCase)
            && !mediaType.StartsWith("audio/pcm", StringComparison.OrdinalIgnoreCase))
            return null;

        var rate = Array.Find(
            mediaType.Split(';', StringSplitOptions.TrimEntries), part => part.StartsWith("rate=", StringComparison.OrdinalIgnoreCase));
        return int.TryParse(rate?[5..], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 24000;
    }

    // RIFF, one channel of 16 bits.
    private byte[] WithHead()
    {
        var file = new byte[WaveHeadBytes + wave.WrittenCount];
        "RIFF____WAVEfmt "u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), sampleRate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        "data"u8.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), wave.WrittenCount);
        wave.WrittenSpan.CopyTo(file.AsSpan(WaveHeadBytes));
        return file;
    }
}
