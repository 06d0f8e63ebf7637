using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>Says of a provider's parts before they are written what <see cref="ProviderReader"/> would say of the row.</summary>
internal sealed class CheckedProviders(SecretReferences references) : IProviderForms
{
    public ConfigForm ReadConfig(string providerType, string config)
    {
        if (providerType == ProviderKinds.Echo)
            return config == "{}" ? new ConfigForm("") : throw Wrong("A provider of type echo has no config.", "config");

        var kind = Kind(providerType);
        return Naming("config", () =>
        {
            var read = ProviderConfig.Read(config, kind);
            var baseUrl = read.BaseUrlFor(kind);
            read.CapField();
            read.OptionsFor(kind, baseUrl);
            _ = read.Networks().ToList();
            return new ConfigForm(baseUrl.GetLeftPart(UriPartial.Authority));
        });
    }

    public CredentialsForm ReadCredentials(string providerType, string credentials, bool follow)
    {
        if (providerType == ProviderKinds.Echo)
            throw Wrong("A provider of type echo has no credentials.", "credentials");

        var kind = Kind(providerType);
        return Naming("credentials", () =>
        {
            var read = ProviderCredentials.Read(credentials, kind);
            foreach (var (member, reference) in read.References())
                SecretReferences.Check(reference, member);
            if (follow)
                read.Resolve(references);

            return new CredentialsForm(read.Hint(), read.References().Any() || read.IsAmbient);
        });
    }

    private static ProviderKind Kind(string providerType) => ProviderKinds.Find(providerType)
        ?? throw Wrong($"provider_type is '{StorableText.Safe(providerType)}': expected one of {ProviderKinds.Names}.", "provider_type");

    // Whoever writes rows by hand knows the column's name, not the member's.
    private static T Naming<T>(string param, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (GatewayException wrong)
        {
            throw Wrong($"{wrong.Error.Message.Replace("encrypted_credentials", "credentials", StringComparison.Ordinal)}.", param);
        }
    }

    private static GatewayException Wrong(string message, string param) => new(GatewayError.Invalid(message, param, "invalid_value"));
}
