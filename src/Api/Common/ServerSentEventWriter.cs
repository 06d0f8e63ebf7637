using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace CleanGateway.Api.Common;

/// <summary>Writes server-sent events (WHATWG HTML, 9.2).</summary>
internal static class ServerSentEventWriter
{
    /// <summary>A line that says nothing and keeps proxies from giving the connection up.</summary>
    public static void WriteKeepAlive(this PipeWriter output) => output.Write(": keep-alive\n\n"u8);

    /// <param name="data">Not empty: an empty event breaks clients.</param>
    /// <param name="name">Null for events without one.</param>
    public static void WriteEvent(this PipeWriter output, ReadOnlySpan<byte> data, string? name = null)
    {
        if (name is not null)
        {
            output.Write("event: "u8);
            Encoding.UTF8.GetBytes(name, output);
            output.Write("\n"u8);
        }

        // JSON may be written over several lines; each has to say that it is data.
        foreach (var line in data.SplitAny((byte)'\n', (byte)'\r'))
        {
            var text = data[line];
            if (text.IsEmpty)
                continue;

            output.Write("data: "u8);
            output.Write(text);
            output.Write("\n"u8);
        }

        output.Write("\n"u8);
    }
}
