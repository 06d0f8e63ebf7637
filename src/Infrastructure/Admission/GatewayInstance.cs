using System.Text;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Who this gateway is among its replicas. The id is kept in the data folder, so that one that comes back is known as
/// the one that went, and what its calls held is taken back at once; a second process on the same folder is another.
/// </summary>
internal sealed class GatewayInstance : IDisposable
{
    private const string FileName = "instance";

    private readonly FileStream? held;

    private GatewayInstance(Guid id, FileStream? held) => (Id, this.held) = (id, held);

    public Guid Id { get; }

    public static GatewayInstance Open(string dataDirectory, TimeProvider clock)
    {
        var fresh = Guid.CreateVersion7(clock.GetUtcNow());
        FileStream file;
        try
        {
            Directory.CreateDirectory(dataDirectory);
            file = new FileStream(Path.Combine(dataDirectory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
        {
            return new GatewayInstance(fresh, held: null);
        }

        var text = new StreamReader(file, Encoding.ASCII).ReadToEnd();
        if (Guid.TryParse(text, out var known))
            return new GatewayInstance(known, file);

        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(fresh.ToString()));
        file.Flush(flushToDisk: true);
        return new GatewayInstance(fresh, file);
    }

    public void Dispose() => held?.Dispose();
}
