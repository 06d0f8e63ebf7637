using System.Security.Cryptography;
using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;

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
    public static UpstreamCredentials Read(string json, ProviderKind kind)
    {
        var forms = ProviderForm.Of(kind.Type).Credentials;
        var expected = $"{{{string.Join("} or {", forms.Select(form => form.ToString()))}}}";
        var read = ProviderReader.Parse<ProviderCredentials>(json, Column, [expected]);
        read.CheckValues();

        var given = read.Given();
        return forms.Any(form => form.Fits(given)) ? read.Credentials() : throw Invalid(
            $"{Column} of a provider of type {kind.Type}: expected {expected}, found {(given.Length > 0 ? string.Join(", ", given) : "nothing")}");
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

    private void CheckValues()
    {
        foreach (var (member, value) in Texts())
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
            if (value is not null && !value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.'))
                throw Invalid($"{Column}: {member} is neither an id nor a domain");
        }

        foreach (var (member, value) in Flags())
        {
            if (value is false)
                throw Invalid($"{Column}: {member} is false: expected true, or to be left out");
        }
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
