using System.Buffers;

namespace CleanGateway.Application.Messages;

/// <summary>The members of a JSON object, each as it was written, in the order in which they came first.</summary>
internal sealed class JsonMembers
{
    private readonly List<(byte[] Name, byte[] Value)> members = new(8);

    public bool IsEmpty => members.Count == 0;

    public bool Has(ReadOnlySpan<byte> name) => IndexOf(name) >= 0;

    public ReadOnlySpan<byte> this[ReadOnlySpan<byte> name] => IndexOf(name) is >= 0 and var index ? members[index].Value : default;

    /// <param name="name">Escaped, without its quotes.</param>
    /// <param name="value">JSON.</param>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var index = IndexOf(name);
        if (index < 0)
            members.Add((name.ToArray(), value.ToArray()));
        else
            members[index] = (members[index].Name, value.ToArray());
    }

    /// <summary>Without the braces.</summary>
    public void WriteTo(ArrayBufferWriter<byte> json)
    {
        var separator = "\""u8;
        foreach (var (name, value) in members)
        {
            json.Write(separator);
            json.Write(name);
            json.Write("\":"u8);
            json.Write(value);
            separator = ",\""u8;
        }
    }

    private int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var index = 0; index < members.Count; index++)
        {
            if (name.SequenceEqual(members[index].Name))
                return index;
        }

        return -1;
    }
}
