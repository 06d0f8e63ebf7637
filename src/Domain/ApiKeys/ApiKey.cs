using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Domain.ApiKeys;

/// <summary>
/// A caller's key. Only the SHA-256 of the secret is kept, so a stolen database opens no door.
/// </summary>
public sealed class ApiKey
{
    public const int MaxNameLength = 200;

    /// <summary>For how long the secret before the last rotation may still work at most.</summary>
    public static readonly TimeSpan LongestGracePeriod = TimeSpan.FromDays(30);

    private ApiKey() { }

    public ApiKeyId Id { get; private init; }
    public string Name { get; private set; } = "";

    /// <summary>Lower-case hex of the secret's SHA-256, as <c>encode(sha256(…), 'hex')</c> writes it.</summary>
    public string KeyHash { get; private set; } = "";

    /// <summary>The secret's last characters, to know it again by; null of one that was brought by SQL.</summary>
    public string? KeyHint { get; private set; }

    /// <summary>As <see cref="KeyHash"/>, of the secret before this one, which works until <see cref="PreviousKeyExpiresAt"/>.</summary>
    public string? PreviousKeyHash { get; private set; }
    public DateTimeOffset? PreviousKeyExpiresAt { get; private set; }
    public bool Enabled { get; private set; }

    /// <summary>What the key may use; its project's limits hold besides.</summary>
    public UsageLimits Limits { get; private set; } = UsageLimits.None;
    public ProjectId? ProjectId { get; private set; }

    /// <summary>The project it belongs to, where the key was loaded with it.</summary>
    public Project? Project { get; private init; }

    /// <summary>The models and aliases the key may call; null is all of them.</summary>
    public IReadOnlyList<string>? AllowedModels { get; private set; }
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>How much of what is said in its calls is kept; null is as the gateway does for all.</summary>
    public ContentPolicy? LogContent { get; private set; }

    /// <summary>Parameters that a provider cannot do are left out of the key's calls instead of refused.</summary>
    public bool DropParams { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Another one after each change of the row.</summary>
    public uint Version { get; private init; }

    /// <exception cref="GatewayException">The key would be expired from the start.</exception>
    public static ApiKey Issue(string name, string secret, DateTimeOffset now, KeyLimits limits)
    {
        if (limits.ExpiresAt <= now)
            throw new GatewayException(GatewayError.Invalid($"A key cannot expire in the past: {limits.ExpiresAt:O}.", "expires_at"));

        return new ApiKey
        {
            Id = new ApiKeyId(Guid.CreateVersion7(now)),
            Name = name,
            KeyHash = Secret.Hash(secret),
            KeyHint = Secret.Hint(secret),
            Enabled = true,
            Limits = limits.Limits,
            ProjectId = limits.ProjectId,
            AllowedModels = limits.AllowedModels,
            ExpiresAt = limits.ExpiresAt,
            LogContent = limits.LogContent,
            DropParams = limits.DropParams,
            CreatedAt = now,
        };
    }

    /// <summary>The key as the database has it.</summary>
    /// <param name="previous">The secret before the last rotation: its hash, and until when it works.</param>
    public static ApiKey Load(
        ApiKeyId id, string name, string keyHash, bool enabled, DateTimeOffset createdAt, KeyLimits limits, Project? project = null,
        (string? Hash, DateTimeOffset? ExpiresAt) previous = default) => new()
    {
        Id = id,
        Name = name,
        KeyHash = keyHash,
        PreviousKeyHash = previous.Hash,
        PreviousKeyExpiresAt = previous.ExpiresAt,
        Enabled = enabled,
        Limits = limits.Limits,
        ProjectId = project?.Id ?? limits.ProjectId,
        Project = project,
        AllowedModels = limits.AllowedModels,
        ExpiresAt = limits.ExpiresAt,
        LogContent = limits.LogContent,
        DropParams = limits.DropParams,
        CreatedAt = createdAt,
    };

    public void Rename(string name) => Name = name;

    public void Enable(bool enabled) => Enabled = enabled;

    /// <summary>Everything that <see cref="Issue"/> was told, anew.</summary>
    public void Change(KeyLimits limits)
    {
        Limits = limits.Limits;
        ProjectId = limits.ProjectId;
        AllowedModels = limits.AllowedModels;
        ExpiresAt = limits.ExpiresAt;
        LogContent = limits.LogContent;
        DropParams = limits.DropParams;
    }

    /// <summary>As <see cref="Issue"/> was told, or it was changed since.</summary>
    public KeyLimits Terms => new()
    {
        Limits = Limits,
        ProjectId = ProjectId,
        AllowedModels = AllowedModels,
        ExpiresAt = ExpiresAt,
        LogContent = LogContent,
        DropParams = DropParams,
    };

    /// <summary>
    /// Another secret for the same key. The one before works for as long as the grace period; one that was still in its
    /// own grace period does not work any more.
    /// </summary>
    public void Rotate(string secret, TimeSpan gracePeriod, DateTimeOffset now)
    {
        PreviousKeyHash = gracePeriod > TimeSpan.Zero ? KeyHash : null;
        PreviousKeyExpiresAt = gracePeriod > TimeSpan.Zero ? now + gracePeriod : null;
        KeyHash = Secret.Hash(secret);
        KeyHint = Secret.Hint(secret);
    }

    public bool IsUsable(DateTimeOffset now) => Enabled && Project is not { Enabled: false } && (ExpiresAt is null || now < ExpiresAt);

    /// <summary>
    /// Whether the secret with this hash opens the door: the key's own, or the one before it as long as its grace period
    /// lasts.
    /// </summary>
    public bool IsOpenedBy(string keyHash, DateTimeOffset now) =>
        IsUsable(now) && (keyHash == KeyHash || (keyHash == PreviousKeyHash && now < PreviousKeyExpiresAt));

    /// <summary>Someone has to watch what its calls come to.</summary>
    public bool IsLimited => !Limits.IsNone || Project is { Limits.IsNone: false };

    public bool Allows(string model) => AllowedModels is null || AllowedModels.Contains(model, StringComparer.Ordinal);
}

/// <summary>What a key may do, and what is kept of it. Everything left out is not limited.</summary>
public sealed record KeyLimits
{
    public static KeyLimits None { get; } = new();

    /// <inheritdoc cref="ApiKey.Limits"/>
    public UsageLimits Limits { get; init; } = UsageLimits.None;
    public ProjectId? ProjectId { get; init; }

    /// <inheritdoc cref="ApiKey.AllowedModels"/>
    public IReadOnlyList<string>? AllowedModels { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <inheritdoc cref="ApiKey.LogContent"/>
    public ContentPolicy? LogContent { get; init; }

    /// <inheritdoc cref="ApiKey.DropParams"/>
    public bool DropParams { get; init; }
}
