namespace CleanGateway.Application.Common;

/// <summary>
/// Finds the stretch to cut out of an object so that a member was never there, comma included. Told of the members in
/// their order, in bytes from the text's beginning.
/// </summary>
/// <param name="afterBrace">Behind the object's first brace.</param>
internal struct MemberCut(long afterBrace)
{
    private long previousEnd = afterBrace;
    private long? before;
    private long? start;
    private long? end;
    private long? next;

    /// <summary>Null while the member has not been found.</summary>
    public readonly JsonSlice? Slice => (start, next) switch
    {
        (null, _) => null,
        ({ } from, { } to) => JsonSlice.Between(from, to),
        (_, null) => JsonSlice.Between(before!.Value, end!.Value),
    };

    /// <param name="nameStart">Where the quote before a member's name stands.</param>
    /// <param name="valueEnd">Behind the member's value.</param>
    /// <param name="isMember">It is the one to be cut out.</param>
    public void Add(long nameStart, long valueEnd, bool isMember)
    {
        if (start is not null)
            next ??= nameStart;
        if (isMember)
            (before, start, end, next) = (previousEnd, nameStart, valueEnd, null);

        previousEnd = valueEnd;
    }
}
