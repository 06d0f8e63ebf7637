using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure;

internal static class TestSettings
{
    public static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();

    /// <summary>The defaults, and what is named here.</summary>
    public static GatewaySettings Read(params (string Name, string Value)[] given)
    {
        var (settings, problems) = GatewaySettings.Read(Of(given), Nothing);
        return settings ?? throw new InvalidOperationException(string.Join("; ", problems));
    }

    public static IReadOnlyList<string> ProblemsOf(params (string Name, string Value)[] given) =>
        GatewaySettings.Read(Of(given), Nothing).Problems;

    public static Dictionary<string, string> Of(params (string Name, string Value)[] given) =>
        given.ToDictionary(one => one.Name, one => one.Value);
}
