namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

/// <summary>Bytes as a network may deliver them.</summary>
internal static class Pieces
{
    public static ReadOnlyMemory<byte>[] Cut(byte[] bytes, Random random)
    {
        var cuts = Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(bytes.Length)).Append(0).Append(bytes.Length).Order().ToArray();
        return [.. cuts.Zip(cuts.Skip(1)).Select(cut => (ReadOnlyMemory<byte>)bytes.AsMemory(cut.First, cut.Second - cut.First))];
    }
}
