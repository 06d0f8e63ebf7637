using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.IntegrationTests.Fixtures;

internal static class TestSettings
{
    /// <summary>Gateways on one database need the same one.</summary>
    public const string MasterKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    /// <summary>Any free port, a folder of its own, and nothing from this machine's environment.</summary>
    public static GatewaySettings Read(string dataDirectory, params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>
        {
            ["DATA_DIR"] = dataDirectory,
            ["GATEWAY_HTTP_PORT"] = "0",
            ["LOG_LEVEL"] = "none",
            ["FAILED_LOGINS_PER_MINUTE"] = "0",   // all tests come from one address
        };
        foreach (var (name, value) in more)
            environment[name] = value;

        var (settings, problems) = GatewaySettings.Read(environment, new Dictionary<string, string>());
        return settings ?? throw new InvalidOperationException(string.Join("; ", problems));
    }
}
