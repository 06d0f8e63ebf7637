using System.Text.Json;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>Reads a provider's row: its <c>config</c>, and its credentials as they came or as they are sealed.</summary>
internal sealed class ProviderReader(ICredentialCipher cipher, SecretReferences references, GatewaySettings settings)
{
    /// <summary>For JSON that others define, and add to.</summary>
    internal static readonly JsonSerializerOptions Lenient = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        AllowDuplicateProperties = false,
    };

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="ToSeal">What belongs in the row instead of plain text, or of what an older master key has sealed; null when the row is as it should be.</param>
    public sealed record Read(UpstreamAccount Account, SealedText? ToSeal);

    /// <param name="Hint">What may be shown of it.</param>
    public sealed record SealedText(string Text, string? Hint);

    /// <exception cref="GatewayException">The row cannot be used; the message says why, without secrets.</exception>
    public Read Account(ProviderRow row, ProviderKind kind)
    {
        var config = ProviderConfig.Read(row.Config, kind);
        var baseUrl = config.BaseUrlFor(kind);
        var binding = Binding(row, baseUrl);

        var (credentials, toSeal) = Credentials(row, kind, binding);
        var networks = config.Networks().Concat(settings.UpstreamAllowedNetworks);
        if (row.Source == ProviderSource.Environment)
            networks = networks.Concat(EnvironmentNetworks.For(baseUrl));

        var account = new UpstreamAccount(
            binding.Provider, row.Name, baseUrl, [.. networks], config.StreamUsage ?? true, credentials,
            config.CapField() ?? (IsSomeServer(row, baseUrl, kind) ? "max_tokens" : kind.OutputCapField))
        {
            Options = config.OptionsFor(kind, baseUrl),
            SpeaksResponses = config.Responses,
        };
        return new Read(account, toSeal);
    }

    /// <summary>What the row's credentials belong to.</summary>
    /// <exception cref="GatewayException">Its type or config cannot be used.</exception>
    public static CredentialBinding BindingOf(ProviderRow row)
    {
        var kind = KindOf(row);
        return Binding(row, ProviderConfig.Read(row.Config, kind).BaseUrlFor(kind));
    }

    /// <exception cref="GatewayException">There is no such type.</exception>
    public static ProviderKind KindOf(ProviderRow row) => ProviderKinds.Find(row.Type)
        ?? throw Invalid($"provider_type is '{row.Type}': expected one of {ProviderKinds.Names}");

    /// <param name="members">What is allowed, in words.</param>
    internal static T Parse<T>(string json, string column, IEnumerable<string> members)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Strict) ?? throw Invalid($"{column} is null: expected a JSON object");
        }
        catch (JsonException)
        {
            // The exception's message and path can hold pieces of the text, which may be secrets.
            throw Invalid($"{column} cannot be read: expected a JSON object with {string.Join(", ", members)}");
        }
    }

    private (UpstreamCredentials Credentials, SealedText? ToSeal) Credentials(ProviderRow row, ProviderKind kind, CredentialBinding binding)
    {
        if (string.IsNullOrWhiteSpace(row.Credentials))
            return (UpstreamCredentials.None, null);

        var isSealed = cipher.IsSealed(row.Credentials);
        var plain = isSealed ? cipher.Open(row.Credentials, binding) : row.Credentials;
        var credentials = ProviderCredentials.Read(plain, kind);
        var toKeep = isSealed ? cipher.Rewrap(row.Credentials, binding) : cipher.Seal(plain, binding);
        return (credentials.Resolve(references), toKeep is null ? null : new SealedText(toKeep, credentials.Hint()));
    }

    private static CredentialBinding Binding(ProviderRow row, Uri baseUrl) =>
        new(new ProviderId(row.Id), row.Type, baseUrl.GetLeftPart(UriPartial.Authority));

    // OPENAI_BASE_URL makes a provider of type openai of any server that speaks its language.
    private static bool IsSomeServer(ProviderRow row, Uri baseUrl, ProviderKind kind) =>
        row.Source == ProviderSource.Environment && kind.UsualBaseUrl is { } usual && usual.Host != baseUrl.Host;

    private static GatewayException Invalid(string message) => new(GatewayError.Invalid(message));
}
