using System.Net;
using System.Text.RegularExpressions;
using Amazon;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>The members of a provider's <c>config</c>; which of them a provider may have depends on its type.</summary>
internal sealed partial record ProviderConfig(
    string? BaseUrl = null, string?[]? AllowCidrs = null, bool? StreamUsage = null, string? OutputCapField = null, bool? Responses = null,
    string? ApiVersion = null, string? EntraScope = null, string? AuthorityHost = null,
    string? AnthropicVersion = null, string? AnthropicBeta = null,
    string? Project = null, string? Location = null, string? UserProject = null, string? Region = null)
{
    private const string ProjectsKnown = "a project's id or number";
    private const string LocationsKnown = "a region like europe-west4, or global, us or eu";
    private const string RegionsKnown = "a region like eu-central-1";

    // Where Entra is, in each of Microsoft's clouds. No other: the client secret goes there, and is not bound to this address.
    private static readonly string[] Authorities =
        ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"];

    /// <exception cref="GatewayException">It cannot be used; the message says why, without secrets.</exception>
    public static ProviderConfig Read(string json, ProviderKind kind)
    {
        var form = ProviderForm.Of(kind.Type);
        var config = ProviderReader.Parse<ProviderConfig>(json, "config", form.ConfigMembers);
        var strange = config.Special()
            .Where(member => member.Value is not null && !form.Config.Contains(member.Name)).Select(member => member.Name).ToArray();
        return strange.Length == 0 ? config : throw Invalid(
            $"config holds {string.Join(", ", strange)}: a provider of type {kind.Type} has {string.Join(", ", form.ConfigMembers)}");
    }

    /// <summary>Ends in a slash.</summary>
    public Uri BaseUrlFor(ProviderKind kind)
    {
        var text = BaseUrl ?? Derived(kind.Type) ?? kind.UsualBaseUrl?.ToString()
            ?? throw Invalid($"config has no base_url, and a provider of type {kind.Type} needs one");
        if (!Values.BaseUrl(text, out var url))
            throw Invalid($"base_url in config is '{SecretsInUrls.Masked(text)}': expected an http or https URL without user, query and fragment");

        return url.AbsoluteUri.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/");
    }

    /// <param name="baseUrl">As it was read.</param>
    public UpstreamOptions OptionsFor(ProviderKind kind, Uri baseUrl)
    {
        var options = new UpstreamOptions
        {
            ApiVersion = Matching(
                ApiVersion, "api_version", IsDate(), "a dated version like 2024-10-21 or 2025-04-01-preview; without it, the v1 URLs are used"),
            AuthorityHost = Authority(),
            Project = kind.Type == "vertex_ai" ? ProjectFor(kind) : null,
            Location = kind.Type == "vertex_ai" ? LocationFor(kind) : null,
            UserProject = Matching(UserProject, "user_project", IsProject(), ProjectsKnown),
            Region = kind.Type == "bedrock" ? RegionFor(kind, baseUrl) : null,
            AnthropicBeta = Matching(AnthropicBeta, "anthropic_beta", IsBetas(), "names of beta features, separated by commas"),
        };
        return options with
        {
            EntraScope = Matching(EntraScope, "entra_scope", IsScope(), "a scope like https://ai.azure.com/.default") ?? options.EntraScope,
            AnthropicVersion = Matching(AnthropicVersion, "anthropic_version", IsDate(), "a version like 2023-06-01") ?? options.AnthropicVersion,
        };
    }

    /// <summary>What the field for an output cap is called; null when it is not said.</summary>
    public string? CapField() => OutputCapField is null or "max_tokens" or "max_completion_tokens"
        ? OutputCapField
        : throw Invalid("output_cap_field in config: expected max_tokens or max_completion_tokens");

    public IEnumerable<IPNetwork> Networks() => (AllowCidrs ?? []).Select(text => text ?? "null").Select(text =>
        IPNetwork.TryParse(text, out var network)
            ? network
            : throw Invalid($"allow_cidrs in config holds '{SecretsInUrls.Masked(text)}': expected networks like 10.0.0.0/8"));

    private (string Name, string? Value)[] Special() =>
    [
        ("responses", Responses?.ToString()), ("api_version", ApiVersion), ("entra_scope", EntraScope), ("authority_host", AuthorityHost), ("anthropic_version", AnthropicVersion),
        ("anthropic_beta", AnthropicBeta), ("project", Project), ("location", Location), ("user_project", UserProject), ("region", Region),
    ];

    private string? Derived(string type) => type switch
    {
        "vertex_ai" when Location is not null => $"https://{VertexHost(Matching(Location, "location", IsRegion(), LocationsKnown)!)}",
        "bedrock" when Region is not null => BedrockHost(Matching(Region, "region", IsRegion(), RegionsKnown)!),
        "vertex_ai" => throw Invalid($"config has no location: expected {LocationsKnown}"),
        "bedrock" => throw Invalid($"config has no region: expected {RegionsKnown}"),
        _ => null,
    };

    private static string VertexHost(string location) => location switch
    {
        "global" => "aiplatform.googleapis.com",
        "us" or "eu" => $"aiplatform.{location}.rep.googleapis.com",
        _ => $"{location}-aiplatform.googleapis.com",
    };

    // China and the sovereign clouds have domains of their own; the SDK knows which.
    private static string BedrockHost(string region) =>
        $"https://bedrock-runtime.{region}.{RegionEndpoint.GetBySystemName(region).PartitionDnsSuffix}";

    private string ProjectFor(ProviderKind kind) => Matching(Required(Project, "project", kind), "project", IsProject(), ProjectsKnown)!;

    private string LocationFor(ProviderKind kind) => Matching(Required(Location, "location", kind), "location", IsRegion(), LocationsKnown)!;

    private string RegionFor(ProviderKind kind, Uri baseUrl) =>
        Matching(Region, "region", IsRegion(), RegionsKnown) ?? (RegionInHost().Match(baseUrl.Host) is { Success: true } found
            ? found.Groups["region"].Value
            : Required(null, "region", kind));

    private Uri? Authority()
    {
        if (AuthorityHost is null)
            return null;

        var host = Uri.TryCreate(AuthorityHost, UriKind.Absolute, out var url)
            && url is { Scheme: "https", IsDefaultPort: true, AbsolutePath: "/", UserInfo: "", Query: "" } ? url.Host : AuthorityHost;
        return Authorities.Contains(host) ? new Uri($"https://{host}/") : throw Invalid(
            $"authority_host in config is '{SecretsInUrls.Masked(AuthorityHost)}': expected one of {string.Join(", ", Authorities)}");
    }

    private static string Required(string? value, string member, ProviderKind kind) =>
        value ?? throw Invalid($"config has no {member}, and a provider of type {kind.Type} needs one");

    private static string? Matching(string? value, string member, Regex pattern, string expected) => value is null || pattern.IsMatch(value)
        ? value
        : throw Invalid($"{member} in config is '{SecretsInUrls.Masked(value)}': expected {expected}");

    private static GatewayException Invalid(string message) => new(GatewayError.Invalid(message));

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}(-[a-z0-9]{1,20})?\z")]
    private static partial Regex IsDate();

    [GeneratedRegex(@"\A[a-z0-9.:-]{1,100}\z")]
    private static partial Regex IsProject();

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,40}[a-z0-9]\z")]
    private static partial Regex IsRegion();

    [GeneratedRegex(@"\A[a-z0-9-]+(, ?[a-z0-9-]+)*\z")]
    private static partial Regex IsBetas();

    [GeneratedRegex(@"\A[A-Za-z0-9:/._-]{1,200}\z")]
    private static partial Regex IsScope();

    // bedrock-runtime.{region}.amazonaws.com, its FIPS and dual-stack names, and those of VPC endpoints.
    [GeneratedRegex(@"(^|\.)bedrock-runtime(-fips)?\.(?<region>[a-z][a-z0-9-]+)\.(vpce\.)?(amazonaws\.|api\.)")]
    private static partial Regex RegionInHost();
}
