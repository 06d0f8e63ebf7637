using System.Globalization;
using CleanGateway.Api.CommandLine;
using CleanGateway.Infrastructure.Journal;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.FaultHost;

/// <summary>
/// The gateway, but for what happens at its fault points: <c>FaultHost POINT TIMES kill|throw</c>. The program that is
/// delivered has no such thing.
/// </summary>
internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        var faults = new FaultAtPoint(Enum.Parse<FaultPoint>(args[0]), int.Parse(args[1], CultureInfo.InvariantCulture), Throws: args[2] == "throw");
        return GatewayCommandLine.RunAsync([], services => services.AddSingleton<IFaultPoints>(faults));
    }
}
