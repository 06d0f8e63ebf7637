namespace CleanGateway.Application.Common;

/// <summary>A stretch of a JSON text, in bytes from its beginning.</summary>
public readonly record struct JsonSlice(int Start, int Length)
{
    public int End => Start + Length;

    public static JsonSlice Between(long start, long end) => new((int)start, (int)(end - start));
}

/// <summary>
/// Changes to a JSON text that leave every other byte as it is: the caller's order, spelling of numbers and unknown
/// fields all survive.
/// </summary>
public sealed class JsonEdits
{
    private readonly List<(JsonSlice At, ReadOnlyMemory<byte> With)> edits = new(2);

    /// <summary>Puts other bytes in the place of a stretch; with a stretch of length 0, between two bytes.</summary>
    public JsonEdits Replace(JsonSlice at, ReadOnlyMemory<byte> with)
    {
        edits.Add((at, with));
        return this;
    }

    /// <summary>The caller's own memory when there is nothing to change.</summary>
    public ReadOnlyMemory<byte> ApplyTo(ReadOnlyMemory<byte> json)
    {
        if (edits.Count == 0)
            return json;

        var length = json.Length;
        foreach (var (at, with) in edits)
            length += with.Length - at.Length;

        var result = new byte[length];
        var (read, written) = (0, 0);
        foreach (var (at, with) in edits.OrderBy(edit => edit.At.Start))   // in the order given where they meet
        {
            Copy(json[read..at.Start], result, ref written);
            Copy(with, result, ref written);
            read = at.End;
        }

        Copy(json[read..], result, ref written);
        return result;
    }

    private static void Copy(ReadOnlyMemory<byte> from, byte[] to, ref int written)
    {
        from.CopyTo(to.AsMemory(written));
        written += from.Length;
    }
}
