using System.Diagnostics.CodeAnalysis;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>The labels of one series, as the measurements of it bring them.</summary>
internal readonly struct TagSet(KeyValuePair<string, object?>[] tags)
{
    public ReadOnlySpan<KeyValuePair<string, object?>> Tags => tags;
}

/// <summary>Finds a series by the labels of a measurement where they lie on the stack: nothing is made for a series that is known.</summary>
internal sealed class TagSetComparer : IEqualityComparer<TagSet>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, TagSet>
{
    public static TagSetComparer Instance { get; } = new();

    public TagSet Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate.ToArray());

    public bool Equals(TagSet x, TagSet y) => Equals(x.Tags, y);

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, TagSet other)
    {
        var tags = other.Tags;
        if (alternate.Length != tags.Length)
            return false;

        for (var i = 0; i < tags.Length; i++)
        {
            if (alternate[i].Key != tags[i].Key || !Equals(alternate[i].Value, tags[i].Value))
                return false;
        }

        return true;
    }

    public int GetHashCode([DisallowNull] TagSet obj) => GetHashCode(obj.Tags);

    // Without the keys: an instrument's measurements nearly always have the same ones.
    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var hash = new HashCode();
        foreach (var (_, value) in alternate)
            hash.Add(value?.GetHashCode() ?? 0);

        return hash.ToHashCode();
    }
}
