using System.Collections;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary>Reads the settings that every command shares.</summary>
internal static class CommandSettings
{
    private const string EnvFileName = ".env";

    /// <exception cref="StartException">Some are wrong; the message has a line for each.</exception>
    public static GatewaySettings Read()
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
        var (settings, problems) = GatewaySettings.Read(environment, EnvFile.Read(EnvFileName));
        return settings ?? throw new StartException(string.Join(Environment.NewLine, problems));
    }
}
