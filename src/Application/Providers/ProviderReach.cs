using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;

namespace CleanGateway.Application.Providers;

/// <summary>
/// Members of a provider's <c>config</c> that say how far it reaches: the networks it opens, and what the tokens that are
/// borrowed for it are good for. To change one is a right of its own.
/// </summary>
internal static class ProviderReach
{
    private static readonly (string Member, string What)[] Members =
    [
        ("allow_cidrs", "Opening a network to a provider, or closing it,"),
        ("entra_scope", "Saying what the tokens for a provider are good for"),
    ];

    /// <exception cref="Domain.Common.GatewayException">They are others than before, and the actor may not change them.</exception>
    public static void EnsureMayChange(Actor actor, string before, string after)
    {
        foreach (var (member, what) in Members)
        {
            if (Of(before, member) != Of(after, member))
                actor.Need(AdminRole.Owner, what, $"config.{member}");
        }
    }

    // As it is written: what is of another form is for others to refuse.
    private static string Of(string config, string member)
    {
        using var document = JsonDocument.Parse(config);
        return document.RootElement.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null
            && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0)
            ? Domain.Usage.CanonicalJson.Write(value) : "";
    }
}
