using System.Text;

namespace CleanGateway.UnitTests.Fuzz;

/// <summary>Makes new inputs of those there are. The same seed makes the same inputs in the same order.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> corpus)
{
    private const int MostBytes = 16 * 1024;
    private const int MostSteps = 6;

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "0", "-0", "-1", "1e999", "1E-400", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "2147483648", "0.1e1", "NaN", "Infinity",
            "true", "false", "null", "{}", "[]", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\\ud83d\\ude00", "\u0000", "\uFEFF", "\uFFFD", "é", "\u202E", "\U0001F600",
            "\n", "\r\n", "\n\n", "\t", " ", ":", ",", "{", "}", "[", "]", "\"", "\\", "'", "&a", "*a", "<<: ", "- ", "!!str ", "|\n", "%", "=", "#", "$", "${A}", "@", "?", "/", "..",
            "data: ", "event: error\n", "id: ", "retry: 1\n", "[DONE]", "model", "messages", "content", "role", "user", "stream", "tools", "n", "max_tokens", "input",
            "os.environ/", "env://", "postgres://", "sslmode", "1h", "ns", "text", "type", "usage", "error", "W/\"1\"", "*", "data:image/png;base64,",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ];

    public byte[] Next()
    {
        var bytes = Any().ToList();
        for (var step = random.Next(1, MostSteps + 1); step > 0; step--)
            Change(bytes);

        return [.. bytes.Take(MostBytes)];
    }

    private byte[] Any() => corpus[random.Next(corpus.Count)];

    private void Change(List<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        var count = Math.Min(random.Next(1, 33), bytes.Count - at);
        switch (random.Next(10))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, count);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, count));
                break;
            case 4:
                bytes.Insert(at, (byte)random.Next(256));
                break;
            case 5:
                Splice(bytes, at);
                break;
            case 6:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 7:
                ReplaceToken(bytes);
                break;
            case 8:
                Wrap(bytes, at);
                break;
            default:
                bytes.InsertRange(at, Words[random.Next(Words.Length)]);
                break;
        }
    }

    private void Splice(List<byte> bytes, int at)
    {
        var other = Any();
        var from = random.Next(other.Length + 1);
        bytes.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(256))]);
    }

    // A whole token of JSON, or of what looks like it, gives place to another.
    private void ReplaceToken(List<byte> bytes)
    {
        var starts = Enumerable.Range(0, bytes.Count).Where(index => bytes[index] is (byte)'"' or (byte)':' or (byte)',' or (byte)'[').ToList();
        if (starts.Count == 0)
            return;

        var start = starts[random.Next(starts.Count)] + 1;
        var end = start;
        while (end < bytes.Count && bytes[end] is not ((byte)'"' or (byte)',' or (byte)'}' or (byte)']' or (byte)'\n'))
            end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Words[random.Next(Words.Length)]);
    }

    // Depth is what recursion stumbles over.
    private void Wrap(List<byte> bytes, int at)
    {
        var depth = random.Next(1, 200);
        var (open, close) = random.Next(3) switch { 0 => ("[", "]"), 1 => ("{\"a\":", "}"), _ => ("- ", "") };
        bytes.InsertRange(at, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(open, depth))));
        if (random.Next(2) == 0)
            bytes.AddRange(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(close, depth))));
    }
}
