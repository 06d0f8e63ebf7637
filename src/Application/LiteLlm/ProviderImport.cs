using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.LiteLlm;

/// <summary>Providers of an import: a row for each that differs in type, address or credentials.</summary>
internal sealed class ProviderImport(
    IRouteRows rows, ICredentialCipher cipher, IReadOnlyList<Provider> known, bool update, DateTimeOffset now, ImportReport report)
{
    private readonly Dictionary<string, Provider?> taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> perType = known.Where(provider => provider.Enabled)
        .GroupBy(provider => provider.ProviderType, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Count(), StringComparer.Ordinal);

    /// <summary>The row of a deployment; null when there is none that says the same.</summary>
    public Provider? Of(LiteLlmDeployment deployment) => taken[deployment.Provider.Identity];

    /// <summary>Whether models of this type can be served by no other.</summary>
    public bool IsTheOnlyOne(string type) => perType.GetValueOrDefault(type) <= 1;

    public void Take(IReadOnlyList<LiteLlmDeployment> deployments)
    {
        var firsts = deployments.DistinctBy(deployment => deployment.Provider.Identity).ToList();
        foreach (var (deployment, name) in firsts.Zip(NamesOf([.. firsts.Select(first => first.Provider)])))
            taken[deployment.Provider.Identity] = Take(name, deployment.Provider, deployment.Path);
    }

    /// <summary>Readable, and the same whenever the file is the same.</summary>
    internal static IReadOnlyList<string> NamesOf(IReadOnlyList<LiteLlmProvider> providers)
    {
        var names = new List<string>();
        foreach (var provider in providers)
        {
            var name = Plain(provider.Place.Length > 0 ? $"litellm-{provider.Word}-{provider.Place}" : $"litellm-{provider.Word}");
            if (names.Contains(name) && provider.Variable is { } variable)
                name = Plain($"{name}-{variable}");
            var numbered = name;
            for (var number = 2; names.Contains(numbered); number++)
                numbered = $"{name}-{number}";
            names.Add(numbered);
        }

        return names;
    }

    private Provider? Take(string name, LiteLlmProvider wanted, string path)
    {
        try
        {
            return known.FirstOrDefault(provider => provider.Name == name) is { } there ? Compare(there, wanted, path) : Make(name, wanted, path);
        }
        catch (GatewayException unusable) when (unusable.Error.Kind == GatewayErrorKind.Invalid)
        {
            report.Leave(path, unusable.Error.Message);
            return null;
        }
    }

    private Provider Make(string name, LiteLlmProvider wanted, string path)
    {
        var config = wanted.Config.ToJsonString();
        var baseUrl = Check(wanted, config);
        var provider = Provider.Register(new ProviderId(Guid.CreateVersion7(now)), name, wanted.Type, config, ProviderSource.Operator, now);
        Entrust(provider, wanted, baseUrl);
        rows.Add(provider);
        perType[wanted.Type] = perType.GetValueOrDefault(wanted.Type) + 1;
        report.Made("provider", name, path, $"{wanted.Type} at {baseUrl.GetLeftPart(UriPartial.Authority)}");
        AdviseOf(provider, baseUrl, config, path);
        return provider;
    }

    private Provider? Compare(Provider there, LiteLlmProvider wanted, string path)
    {
        var config = Merged(there.Config, wanted.Config);
        var baseUrl = Check(wanted, config);
        var different = new List<string>();
        if (there.ProviderType != wanted.Type)
            different.Add($"type {there.ProviderType} → {wanted.Type}");
        if (Canonical(config) != Canonical(there.Config))
            different.Add("config");
        if (Opened(there, baseUrl) != Canonical(wanted.Credentials.ToJsonString()))
            different.Add("credentials");
        if (different.Count == 0)
        {
            report.Unchanged("provider", there.Name, path);
            return there;
        }

        // Which language a provider speaks is what it is: another one is another provider.
        var mayChange = update && there.ProviderType == wanted.Type && there.Source == ProviderSource.Operator;
        report.Different("provider", there.Name, path, string.Join(", ", different), mayChange);
        if (!mayChange)
        {
            report.Leave(path, $"The provider '{there.Name}' that is there already has another {string.Join(" and ", different)}");
            return null;
        }

        there.Configure(config);
        Entrust(there, wanted, baseUrl);
        AdviseOf(there, baseUrl, config, path);
        return there;
    }

    private Uri Check(LiteLlmProvider wanted, string config)
    {
        var baseUrl = rows.BaseUrlOf(wanted.Type, config);
        rows.CheckCredentials(wanted.Type, wanted.Credentials.ToJsonString());

        return baseUrl;
    }

    // Another gateway on the same database could not read what this one seals.
    private void Entrust(Provider provider, LiteLlmProvider wanted, Uri baseUrl)
    {
        if (known.Any(other => other.EncryptedCredentials is { } stored && cipher.IsSealedByAnother(stored)))
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "other_master_key",
                "Provider credentials in the database were encrypted with another master key than this gateway's. Give it the same GATEWAY_MASTER_KEY."));
        }

        provider.Entrust(cipher.Seal(wanted.Credentials.ToJsonString(), BindingOf(provider, baseUrl)), wanted.Hint);
    }

    private string? Opened(Provider provider, Uri baseUrl)
    {
        if (provider.EncryptedCredentials is not { } stored)
            return null;

        try
        {
            return Canonical(cipher.IsSealed(stored) ? cipher.Open(stored, BindingOf(provider, baseUrl)) : stored);
        }
        catch (Exception unreadable) when (unreadable is GatewayException or JsonException)
        {
            return null;   // for another address, by another key: not the same
        }
    }

    private void AdviseOf(Provider provider, Uri baseUrl, string config, string path)
    {
        if (!config.Contains("allow_cidrs", StringComparison.Ordinal) && (baseUrl.Scheme == Uri.UriSchemeHttp || IsInside(baseUrl)))
        {
            report.Advise(
            [
                new ImportNote(
                    $"{path}.litellm_params.api_base",
                    $"{baseUrl.GetLeftPart(UriPartial.Authority)} is not https, or not public: the gateway calls it only after an owner has opened its network, "
                    + $"by allow_cidrs in the config of the provider '{provider.Name}' or by UPSTREAM_ALLOW_CIDRS"),
            ]);
        }
    }

    private static bool IsInside(Uri url) => url.IsLoopback
        || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? !IsPublic(address) : !url.Host.Contains('.'));

    // For advice alone: what may be connected to is the destination guard's decision.
    private static bool IsPublic(IPAddress address) => !address.IsIPv6LinkLocal && !address.IsIPv6UniqueLocal
        && address.GetAddressBytes() is not ([10, ..] or [172, >= 16 and <= 31, _, _] or [192, 168, _, _] or [100, >= 64 and <= 127, _, _] or [169, 254, _, _]);

    private static CredentialBinding BindingOf(Provider provider, Uri baseUrl) =>
        new(provider.Id, provider.ProviderType, baseUrl.GetLeftPart(UriPartial.Authority));

    // Members that the file knows nothing of, allow_cidrs above all, stay.
    private static string Merged(string there, JsonObject wanted)
    {
        var merged = JsonNode.Parse(there)!.AsObject();
        foreach (var (name, value) in wanted)
            merged[name] = value?.DeepClone();

        return merged.ToJsonString();
    }

    private static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        return CanonicalJson.Write(document.RootElement);
    }

    private static string Plain(string text) =>
        string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '.' ? char.ToLowerInvariant(letter) : '-'));
}
