using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>The gateway's folder, and the right to it: two gateways in one folder would undo each other's work.</summary>
public sealed class DataFolder : IDisposable
{
    private const string LockFile = "gateway.lock";

    private readonly FileStream lockFile;

    private DataFolder(FileStream lockFile) => this.lockFile = lockFile;

    /// <summary>Makes the folder where there is none.</summary>
    /// <exception cref="StartException">It cannot be made or written to.</exception>
    public static void Ensure(GatewaySettings settings)
    {
        // What is secret in it has a mode of its own; the database's user must be able to pass through.
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var mode = Environment.IsPrivilegedProcess ? Owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : Owner;
        try
        {
            Directory.CreateDirectory(settings.DataDirectory, mode);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"DATA_DIR {settings.DataDirectory} cannot be made: {refused.Message}", refused);
        }
    }

    /// <summary>Takes the folder for this process, until it ends or disposes this.</summary>
    /// <exception cref="StartException">Another gateway has it.</exception>
    public static DataFolder Take(GatewaySettings settings)
    {
        Ensure(settings);
        var path = Path.Combine(settings.DataDirectory, LockFile);
        try
        {
            return new DataFolder(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new StartException($"DATA_DIR {settings.DataDirectory} cannot be used: {refused.Message}", refused);
        }
        catch (IOException taken)
        {
            throw new StartException($"DATA_DIR {settings.DataDirectory} is in use by another gateway: stop it, or give this one a folder of its own", taken);
        }
    }

    public void Dispose() => lockFile.Dispose();
}
