using System.Security.Cryptography;
using System.Text;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Vectors that depend on the text and on nothing else.</summary>
internal static class Embedding
{
    public const int UsualDimensions = 8;

    /// <returns>Numbers that 32 bits hold exactly, between -1 and 1.</returns>
    public static float[] Of(string text, int dimensions = UsualDimensions)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return [.. Enumerable.Range(0, dimensions).Select(index => (bytes[index % bytes.Length] - 128) / 128f)];
    }

    /// <summary>A count that depends on the text: its words.</summary>
    public static int Tokens(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
}
