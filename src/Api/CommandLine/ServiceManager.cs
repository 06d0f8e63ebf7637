using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace CleanGateway.Api.CommandLine;

/// <summary>Tells systemd how the service is, where it has asked to be told (sd_notify(3)); otherwise says nothing.</summary>
internal static class ServiceManager
{
    private const string SocketVariable = "NOTIFY_SOCKET";

    /// <summary>Calls are answered from now on.</summary>
    public static void TellReady() => Tell("READY=1");

    /// <param name="atMost">How long the stop may take: what the unit allows is extended to it.</param>
    public static void TellStopping(TimeSpan atMost) => Tell(
        string.Create(CultureInfo.InvariantCulture, $"STOPPING=1\nEXTEND_TIMEOUT_USEC={(long)atMost.TotalMicroseconds}"));

    private static void Tell(string state)
    {
        if (Environment.GetEnvironmentVariable(SocketVariable) is not { Length: > 0 } path)
            return;

        try
        {
            // An abstract name begins with NUL, which the variable cannot hold.
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
            socket.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (Exception unheard) when (unheard is SocketException or ArgumentException)
        {
            Console.Error.WriteLine($"Warning: the service manager cannot be told ({SocketVariable} is {path}): {unheard.Message}");
        }
    }
}
