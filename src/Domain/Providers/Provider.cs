namespace CleanGateway.Domain.Providers;

public readonly record struct ProviderId(Guid Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>Who put a provider there.</summary>
public static class ProviderSource
{
    public const string Operator = "operator";

    /// <summary>Made from <c>OPENAI_API_KEY</c> and <c>OPENAI_BASE_URL</c>; follows them at every start.</summary>
    public const string Environment = "environment";
}

/// <summary>Somewhere that answers model calls: an account with a vendor, or a server of one's own.</summary>
public sealed class Provider
{
    /// <summary>Characters, of a name and of what is shown instead.</summary>
    public const int MaxNameLength = 200;

    private Provider() { }

    public ProviderId Id { get; private init; }
    public string Name { get; private set; } = "";
    public string? DisplayName { get; private set; }

    /// <summary>Which language it speaks, for example <c>openai</c>.</summary>
    public string ProviderType { get; private set; } = "";

    /// <summary>Sealed by the gateway's master key; plain JSON only between an operator's statement and the gateway's next look.</summary>
    public string? EncryptedCredentials { get; private set; }

    /// <summary>What may be shown of the credentials: the last characters of a secret, or where it comes from. Null: nothing is known.</summary>
    public string? CredentialsHint { get; private set; }

    /// <summary>JSON: <c>base_url</c>, <c>allow_cidrs</c> and what else the type understands.</summary>
    public string Config { get; private set; } = "{}";
    public bool Enabled { get; private set; }

    /// <summary>One of <see cref="ProviderSource"/>.</summary>
    public string Source { get; private init; } = ProviderSource.Operator;
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Another one after each change of the row.</summary>
    public uint Version { get; private init; }

    public static Provider Register(ProviderId id, string name, string type, string config, string source, DateTimeOffset now) => new()
    {
        Id = id,
        Name = name,
        DisplayName = name,
        ProviderType = type,
        Config = config,
        Enabled = true,
        Source = source,
        CreatedAt = now,
    };

    public void Configure(string config) => Config = config;

    /// <param name="hint"><see cref="CredentialsHint"/>.</param>
    public void Entrust(string? encryptedCredentials, string? hint)
    {
        EncryptedCredentials = encryptedCredentials;
        CredentialsHint = hint;
    }

    public void Rename(string name) => Name = name;

    public void Show(string? displayName) => DisplayName = displayName;

    public void Enable(bool enabled) => Enabled = enabled;
}
