using System.Net;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>A provider's row, read and checked: where it is, and how it wants to be called.</summary>
/// <param name="BaseUrl">Ends in a slash, so that paths append to it.</param>
/// <param name="AllowedNetworks">Private networks it may be in, the gateway's own list included.</param>
/// <param name="OutputCapField">What the field for an output cap is called where the caller sent none.</param>
/// <param name="AsksForStreamUsage">False for servers that refuse <c>stream_options</c>.</param>
internal sealed record UpstreamAccount(
    ProviderId Id, string Name, Uri BaseUrl, IReadOnlyList<IPNetwork> AllowedNetworks, bool AsksForStreamUsage, UpstreamCredentials Credentials,
    string OutputCapField = "max_completion_tokens")
{
    /// <summary>What only some kinds of provider know.</summary>
    public UpstreamOptions Options { get; init; } = UpstreamOptions.None;

    /// <summary>It has OpenAI's Responses API, which not every server that speaks OpenAI's language has; null is as usual for its kind.</summary>
    public bool? SpeaksResponses { get; init; }
}

/// <summary>What a provider's <c>config</c> says that only its kind knows; the rest is null.</summary>
internal sealed record UpstreamOptions
{
    public static UpstreamOptions None { get; } = new();

    /// <summary>Azure: the dated version of the classic deployment URLs; null for the v1 URLs, which have none.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Azure: what an Entra token is asked for.</summary>
    public string EntraScope { get; init; } = "https://cognitiveservices.azure.com/.default";

    /// <summary>Azure: where Entra tokens come from; null for the public cloud's.</summary>
    public Uri? AuthorityHost { get; init; }

    /// <summary>Vertex AI: the project's id or number.</summary>
    public string? Project { get; init; }

    /// <summary>Vertex AI: a region, <c>global</c>, <c>us</c> or <c>eu</c>.</summary>
    public string? Location { get; init; }

    /// <summary>Vertex AI: the project calls are booked on, where it is not the service account's.</summary>
    public string? UserProject { get; init; }

    /// <summary>Bedrock: the region that requests are signed for.</summary>
    public string? Region { get; init; }

    /// <summary>Anthropic: the header <c>anthropic-version</c>.</summary>
    public string AnthropicVersion { get; init; } = "2023-06-01";

    /// <summary>Anthropic: the header <c>anthropic-beta</c>, names separated by commas; null for none.</summary>
    public string? AnthropicBeta { get; init; }
}

/// <summary>What a provider is told about who calls. Never printed.</summary>
/// <param name="ApiKey">Null for servers that want none, and where there is an <see cref="Identity"/> instead.</param>
internal sealed record UpstreamCredentials(string? ApiKey, string? Organization, string? Project)
{
    public static UpstreamCredentials None { get; } = new(null, null, null);

    /// <summary>What tokens are got, or requests signed, with; null when a plain key does.</summary>
    public UpstreamIdentity? Identity { get; init; }

    public override string ToString() => "***";
}
