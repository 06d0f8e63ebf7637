using System.Collections;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary>Reads the settings that every command shares.</summary>
internal static class CommandSettings
{
    /// <exception cref="StartException">Some are wrong; the message has a line for each.</exception>
    public static GatewaySettings Read()
    {
        var (settings, problems) = GatewaySettings.Read(SettingsSources.Find(ReadEnvironment()));
        return settings ?? throw new StartException(string.Join(Environment.NewLine, problems));
    }

    public static IReadOnlyDictionary<string, string> ReadEnvironment() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
}
