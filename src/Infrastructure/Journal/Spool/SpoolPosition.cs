namespace CleanGateway.Infrastructure.Journal.Spool;

/// <summary>A place in the spool: the first byte of a record, or the end behind the last one.</summary>
/// <param name="Segment">Counts up; never used twice in a folder.</param>
internal readonly record struct SpoolPosition(long Segment, long Offset) : IComparable<SpoolPosition>
{
    public int CompareTo(SpoolPosition other) => (Segment, Offset).CompareTo((other.Segment, other.Offset));

    public static bool operator <(SpoolPosition left, SpoolPosition right) => left.CompareTo(right) < 0;
    public static bool operator >(SpoolPosition left, SpoolPosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(SpoolPosition left, SpoolPosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(SpoolPosition left, SpoolPosition right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Segment:x8}:{Offset}";
}
