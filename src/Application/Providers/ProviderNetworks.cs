using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;

namespace CleanGateway.Application.Providers;

/// <summary>The networks a provider's <c>config</c> opens. To open one, or to close it, is a right of its own.</summary>
internal static class ProviderNetworks
{
    private const string Member = "allow_cidrs";

    /// <exception cref="Domain.Common.GatewayException">They are others than before, and the actor may not change them.</exception>
    public static void EnsureMayChange(Actor actor, string before, string after)
    {
        if (Of(before) != Of(after))
            actor.Need(AdminRole.Owner, "Opening a network to a provider, or closing it,", $"config.{Member}");
    }

    // As it is written: what is no list of networks is for others to refuse.
    private static string Of(string config)
    {
        using var document = JsonDocument.Parse(config);
        return document.RootElement.TryGetProperty(Member, out var networks) && networks.ValueKind != JsonValueKind.Null
            && !(networks.ValueKind == JsonValueKind.Array && networks.GetArrayLength() == 0)
            ? Domain.Usage.CanonicalJson.Write(networks) : "";
    }
}
