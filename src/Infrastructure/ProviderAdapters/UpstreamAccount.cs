using System.Net;
using CleanGateway.Domain.Providers;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>A provider's row, read and checked: where it is, and how it wants to be called.</summary>
/// <param name="BaseUrl">Ends in a slash, so that paths append to it.</param>
/// <param name="AllowedNetworks">Private networks it may be in, the gateway's own list included.</param>
/// <param name="OutputCapField">What the field for an output cap is called where the caller sent none.</param>
/// <param name="AsksForStreamUsage">False for servers that refuse <c>stream_options</c>.</param>
internal sealed record UpstreamAccount(
    ProviderId Id, string Name, Uri BaseUrl, IReadOnlyList<IPNetwork> AllowedNetworks, bool AsksForStreamUsage, UpstreamCredentials Credentials,
    string OutputCapField = "max_completion_tokens");

/// <summary>What a provider is told about who calls. Never printed.</summary>
/// <param name="ApiKey">Null for servers that want none.</param>
internal sealed record UpstreamCredentials(string? ApiKey, string? Organization, string? Project)
{
    public static UpstreamCredentials None { get; } = new(null, null, null);

    public override string ToString() => "***";
}
