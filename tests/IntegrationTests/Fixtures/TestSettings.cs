using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.IntegrationTests.Fixtures;

internal static class TestSettings
{
    /// <summary>Any free port, a folder of its own, and nothing from this machine's environment.</summary>
    public static GatewaySettings Read(string dataDirectory, params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>
        {
            ["DATA_DIR"] = dataDirectory,
            ["GATEWAY_HTTP_PORT"] = "0",
            ["LOG_LEVEL"] = "none",
        };
        foreach (var (name, value) in more)
            environment[name] = value;

        var (settings, problems) = GatewaySettings.Read(environment, new Dictionary<string, string>());
        return settings ?? throw new InvalidOperationException(string.Join("; ", problems));
    }
}
