using System.Net;
using System.Text.Json;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>Reads a provider's row: its <c>config</c>, and its credentials as they came or as they are sealed.</summary>
internal sealed class ProviderReader(ICredentialCipher cipher, GatewaySettings settings)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="Sealed">What belongs in the row instead of plain text; null when the row is as it should be.</param>
    public sealed record Read(UpstreamAccount Account, string? Sealed);

    /// <exception cref="GatewayException">The row cannot be used; the message says why, without secrets.</exception>
    public Read Account(ProviderRow row, ProviderKind kind)
    {
        var config = Parse<Config>(row.Config, "config");
        var baseUrl = BaseUrl(config, kind);
        var binding = new CredentialBinding(new ProviderId(row.Id), row.Type, baseUrl.GetLeftPart(UriPartial.Authority));

        var (credentials, toSeal) = Credentials(row, binding);
        var networks = Networks(config).Concat(settings.UpstreamAllowedNetworks);
        if (row.Source == ProviderSource.Environment)
            networks = networks.Concat(EnvironmentNetworks.For(baseUrl));

        var account = new UpstreamAccount(
            binding.Provider, row.Name, baseUrl, [.. networks], config.StreamUsage ?? true, credentials,
            CapField(config) ?? (IsSomeServer(row, baseUrl, kind) ? "max_tokens" : kind.OutputCapField));
        return new Read(account, toSeal);
    }

    private (UpstreamCredentials Credentials, string? ToSeal) Credentials(ProviderRow row, CredentialBinding binding)
    {
        if (string.IsNullOrWhiteSpace(row.Credentials))
            return (UpstreamCredentials.None, null);

        var isSealed = cipher.IsSealed(row.Credentials);
        var plain = isSealed ? cipher.Open(row.Credentials, binding) : row.Credentials;
        var parsed = Parse<CredentialsJson>(plain, "encrypted_credentials");
        foreach (var (member, value) in new[] { ("api_key", parsed.ApiKey), ("organization", parsed.Organization), ("project", parsed.Project) })
        {
            if (value.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
                throw Invalid($"encrypted_credentials: {member} holds characters that no HTTP header can carry");
        }

        return (new UpstreamCredentials(parsed.ApiKey, parsed.Organization, parsed.Project), isSealed ? null : cipher.Seal(plain, binding));
    }

    private static Uri BaseUrl(Config config, ProviderKind kind)
    {
        var text = config.BaseUrl ?? kind.UsualBaseUrl?.ToString()
            ?? throw Invalid($"config has no base_url, and a provider of type {kind.Type} needs one");
        if (!Values.BaseUrl(text, out var url))
            throw Invalid($"base_url in config is '{SecretsInUrls.Masked(text)}': expected an http or https URL without user, query and fragment");

        return url.AbsoluteUri.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/");
    }

    // OPENAI_BASE_URL makes a provider of type openai of any server that speaks its language.
    private static bool IsSomeServer(ProviderRow row, Uri baseUrl, ProviderKind kind) =>
        row.Source == ProviderSource.Environment && kind.UsualBaseUrl is { } usual && usual.Host != baseUrl.Host;

    private static string? CapField(Config config) => config.OutputCapField is null or "max_tokens" or "max_completion_tokens"
        ? config.OutputCapField
        : throw Invalid("output_cap_field in config: expected max_tokens or max_completion_tokens");

    private static IEnumerable<IPNetwork> Networks(Config config) => (config.AllowCidrs ?? []).Select(text => text ?? "null").Select(text =>
        IPNetwork.TryParse(text, out var network) ? network : throw Invalid($"allow_cidrs in config holds '{SecretsInUrls.Masked(text)}': expected networks like 10.0.0.0/8"));

    private static T Parse<T>(string json, string column)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Strict) ?? throw Invalid($"{column} is null: expected a JSON object");
        }
        catch (JsonException)
        {
            // The exception's message and path can hold pieces of the text, which may be secrets.
            throw Invalid($"{column} cannot be read: expected a JSON object with {MembersOf<T>()}");
        }
    }

    private static string MembersOf<T>() =>
        string.Join(", ", typeof(T).GetProperties().Select(property => property.Name.ToSnakeCase()));

    private static GatewayException Invalid(string message) => new(GatewayError.Invalid(message));

    private sealed record Config(string? BaseUrl = null, string?[]? AllowCidrs = null, bool? StreamUsage = null, string? OutputCapField = null);

    private sealed record CredentialsJson(string? ApiKey = null, string? Organization = null, string? Project = null);
}
