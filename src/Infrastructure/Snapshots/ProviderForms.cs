using System.Collections.Frozen;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>What a sort of provider may have in its <c>config</c>, and which credentials it takes.</summary>
/// <param name="Config">Members besides those that all of them have.</param>
/// <param name="Credentials">Each a way to say who calls; one of them is chosen.</param>
internal sealed record ProviderForm(string[] Config, CredentialForm[] Credentials)
{
    private static readonly string[] Common = ["base_url", "allow_cidrs", "stream_usage", "output_cap_field"];

    private static readonly CredentialForm Key = new(["api_key"]);

    private static readonly FrozenDictionary<string, ProviderForm> Special = new Dictionary<string, ProviderForm>
    {
        ["azure"] = new(
            ["responses", "api_version", "entra_scope", "authority_host"],
            [
                Key, new(["tenant_id", "client_id", "client_secret"]), new(["managed_identity"], ["client_id"]),
                new(["workload_identity"], ["tenant_id", "client_id"]),
            ]),
        ["anthropic"] = new(["anthropic_version", "anthropic_beta"], [Key]),
        ["gemini"] = new([], [Key]),
        ["vertex_ai"] = new(["project", "location", "user_project"], [new(["service_account"]), new(["google_default"])]),
        ["bedrock"] = new(["region"], [Key, new(["access_key_id", "secret_access_key"], ["session_token"]), new(["aws_default"])]),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly ProviderForm OpenAi = new(["responses"], [new([], ["api_key", "organization", "project"])]);

    public IEnumerable<string> ConfigMembers => Common.Concat(Config);

    /// <summary>Of a <c>provider_type</c>: those that are not listed speak OpenAI's language.</summary>
    public static ProviderForm Of(string type) => Special.GetValueOrDefault(type, OpenAi);
}

/// <param name="Required">Members that belong together.</param>
/// <param name="Optional">Members that may stand beside them.</param>
internal sealed record CredentialForm(string[] Required, string[] Optional)
{
    public CredentialForm(string[] required) : this(required, []) { }

    public bool Fits(IReadOnlyCollection<string> members) =>
        Required.All(members.Contains) && members.All(member => Required.Contains(member) || Optional.Contains(member));

    /// <summary>In words, for errors: optional members in brackets.</summary>
    public override string ToString() => string.Join(", ", Required.Concat(Optional.Select(member => Required.Length > 0 ? $"[{member}]" : member)));
}
