using System.Security.Cryptography;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>
/// The members of a provider's credentials; which of them belong together depends on its type. Nothing of them is ever
/// shown.
/// </summary>
internal sealed record ProviderCredentials(
    string? ApiKey = null, string? Organization = null, string? Project = null,
    string? TenantId = null, string? ClientId = null, string? ClientSecret = null, bool? ManagedIdentity = null, bool? WorkloadIdentity = null,
    JsonElement? ServiceAccount = null, bool? GoogleDefault = null,
    string? AccessKeyId = null, string? SecretAccessKey = null, string? SessionToken = null, bool? AwsDefault = null)
{
    private const string Column = "encrypted_credentials";

    /// <exception cref="GatewayException">They cannot be used; the message says why, and shows nothing of them.</exception>
    public static ProviderCredentials Read(string json, ProviderKind kind)
    {
        var forms = ProviderForm.Of(kind.Type).Credentials;
        var expected = $"{{{string.Join("} or {", forms.Select(form => form.ToString()))}}}";
        var read = ProviderReader.Parse<ProviderCredentials>(json, Column, [expected]);
        read.CheckValues();

        var given = read.Given();
        return forms.Any(form => form.Fits(given)) ? read : throw Invalid(
            $"{Column} of a provider of type {kind.Type}: expected {expected}, found {(given.Length > 0 ? string.Join(", ", given) : "nothing")}");
    }

    /// <summary>What of them is kept somewhere else, and where.</summary>
    /// <summary>They are the machine's own: whoever is asked is handed what the machine may do.</summary>
    public bool IsAmbient => Flags().Any(member => member.Value is not null);

    public IEnumerable<(string Member, string Reference)> References() =>
    [
        .. Texts().Where(member => SecretReferences.IsReference(member.Value)).Select(member => (member.Name, member.Value!)),
        .. AccountReference is { } reference ? new[] { ("service_account", reference) } : [],
    ];

    /// <summary>What may be shown of them: where they come from, else the last characters of what is secret; null: nothing may.</summary>
    public string? Hint()
    {
        if (References().Select(found => found.Reference).ToArray() is { Length: > 0 } references)
            return string.Join(", ", references);

        return (ClientSecret ?? SecretAccessKey ?? ApiKey) is { } secret ? Secret.Hint(secret)
            : ServiceAccount is { } account ? Secret.Hint(GoogleAccount(account).PrivateKeyId ?? "")
            : Flags().Where(member => member.Value is not null).Select(member => member.Name).FirstOrDefault();
    }

    /// <summary>Them, with what their references lead to now.</summary>
    /// <exception cref="GatewayException">A reference leads nowhere, or to what cannot be used.</exception>
    public UpstreamCredentials Resolve(SecretReferences references)
    {
        var resolved = this with
        {
            ApiKey = Followed("api_key", ApiKey),
            Organization = Followed("organization", Organization),
            Project = Followed("project", Project),
            TenantId = Followed("tenant_id", TenantId),
            ClientId = Followed("client_id", ClientId),
            ClientSecret = Followed("client_secret", ClientSecret),
            AccessKeyId = Followed("access_key_id", AccessKeyId),
            SecretAccessKey = Followed("secret_access_key", SecretAccessKey),
            SessionToken = Followed("session_token", SessionToken),
            ServiceAccount = AccountReference is { } account
                ? JsonSerializer.SerializeToElement(references.Resolve(account, "service_account"))
                : ServiceAccount,
        };
        resolved.CheckValues(areResolved: true);
        return resolved.Credentials();

        string? Followed(string member, string? value) => SecretReferences.IsReference(value) ? references.Resolve(value!, member) : value;
    }

    public override string ToString() => "***";

    private UpstreamCredentials Credentials() => new(ApiKey, Organization, Project)
    {
        Identity = this switch
        {
            { ManagedIdentity: not null } => new UpstreamIdentity.EntraManagedIdentity(ClientId),
            { WorkloadIdentity: not null } => new UpstreamIdentity.EntraWorkload(TenantId, ClientId),
            { ClientSecret: { } secret } => new UpstreamIdentity.EntraApplication(TenantId!, ClientId!, secret),
            { ServiceAccount: { } account } => GoogleAccount(account),
            { GoogleDefault: not null } => new UpstreamIdentity.GoogleDefault(),
            { SecretAccessKey: { } secret } => new UpstreamIdentity.AwsKeys(AccessKeyId!, secret, SessionToken),
            { AwsDefault: not null } => new UpstreamIdentity.AwsDefault(),
            _ => null,
        },
    };

    private string? AccountReference =>
        ServiceAccount is { ValueKind: JsonValueKind.String } account && SecretReferences.IsReference(account.GetString()) ? account.GetString() : null;

    private (string Name, string? Value)[] Texts() =>
    [
        ("api_key", ApiKey), ("organization", Organization), ("project", Project), ("tenant_id", TenantId), ("client_id", ClientId),
        ("client_secret", ClientSecret), ("access_key_id", AccessKeyId), ("secret_access_key", SecretAccessKey), ("session_token", SessionToken),
    ];

    private (string Name, bool? Value)[] Flags() =>
    [
        ("managed_identity", ManagedIdentity), ("workload_identity", WorkloadIdentity), ("google_default", GoogleDefault),
        ("aws_default", AwsDefault),
    ];

    private string[] Given() =>
    [
        .. Texts().Where(member => member.Value is not null).Select(member => member.Name),
        .. Flags().Where(member => member.Value is not null).Select(member => member.Name),
        .. ServiceAccount is null ? Array.Empty<string>() : ["service_account"],
    ];

    // A reference is not what it leads to, but what that leads to is no reference any more.
    private void CheckValues(bool areResolved = false)
    {
        foreach (var (member, value) in Texts().Where(member => areResolved || !SecretReferences.IsReference(member.Value)))
        {
            if (value.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
                throw Invalid($"{Column}: {member} holds characters that no HTTP header can carry");

            // An empty api_key is how some write that a server wants none.
            if (value is "" && member is not ("api_key" or "organization" or "project"))
                throw Invalid($"{Column}: {member} is empty");
        }

        // Both become parts of an address.
        foreach (var (member, value) in new[] { ("tenant_id", TenantId), ("client_id", ClientId) })
        {
            if (value is not null && (areResolved || !SecretReferences.IsReference(value)) && !value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.'))
                throw Invalid($"{Column}: {member} is neither an id nor a domain");
        }

        foreach (var (member, value) in Flags())
        {
            if (value is false)
                throw Invalid($"{Column}: {member} is false: expected true, or to be left out");
        }

        if (ServiceAccount is { } account && AccountReference is null)
            GoogleAccount(account);
    }

    // As it is in the file that Google gives out, or that file's text.
    private static UpstreamIdentity.GoogleServiceAccount GoogleAccount(JsonElement account)
    {
        const string Member = "service_account";
        GoogleKeyFile? file;
        try
        {
            var text = account.ValueKind == JsonValueKind.String ? account.GetString()! : account.GetRawText();
            file = JsonSerializer.Deserialize<GoogleKeyFile>(text, ProviderReader.Lenient);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw Invalid($"{Column}: {Member} is not the JSON of a service account's key file");
        }

        // The other types name programs to run and addresses to ask.
        if (file?.Type != "service_account")
            throw Invalid($"{Column}: {Member} has another type than service_account");
        if (string.IsNullOrWhiteSpace(file.ClientEmail))
            throw Invalid($"{Column}: {Member} has no client_email");
        if (!Uri.TryCreate(file.TokenUri ?? "https://oauth2.googleapis.com/token", UriKind.Absolute, out var tokenUri)
            || tokenUri is not { Scheme: "https", UserInfo: "", Fragment: "" })
            throw Invalid($"{Column}: token_uri in {Member} is no https URL");

        CheckPrivateKey(file.PrivateKey ?? throw Invalid($"{Column}: {Member} has no private_key"));
        return new UpstreamIdentity.GoogleServiceAccount(file.ClientEmail, file.PrivateKey, file.PrivateKeyId, tokenUri);
    }

    private static void CheckPrivateKey(string pem)
    {
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(pem);
            key.ExportParameters(includePrivateParameters: true);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or CryptographicException)
        {
            throw Invalid($"{Column}: private_key in service_account is no RSA key in PEM");
        }
    }

    private static GatewayException Invalid(string message) => new(GatewayError.Invalid(message));

    private sealed record GoogleKeyFile(
        string? Type = null, string? ClientEmail = null, string? PrivateKey = null, string? PrivateKeyId = null, string? TokenUri = null)
    {
        public override string ToString() => "***";
    }
}
