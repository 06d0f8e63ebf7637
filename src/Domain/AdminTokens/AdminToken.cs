using CleanGateway.Domain.Common;

namespace CleanGateway.Domain.AdminTokens;

public readonly record struct AdminTokenId(Guid Value);

/// <summary>Opens the administrative endpoints. Never valid as an API key, and no API key is valid as one.</summary>
public sealed class AdminToken
{
    public const int MaxNameLength = 200;

    private AdminToken() { }

    public AdminTokenId Id { get; private init; }
    public string Name { get; private set; } = "";

    /// <summary>Lower-case hex of the token's SHA-256.</summary>
    public string TokenHash { get; private init; } = "";

    /// <summary>The token's last characters, to know it again by; null of one that was brought by SQL.</summary>
    public string? TokenHint { get; private init; }
    public AdminRole Role { get; private set; }

    /// <summary>False: it was revoked, and opens nothing any more.</summary>
    public bool Enabled { get; private set; }
    public DateTimeOffset? ExpiresAt { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Another one after each change of the row.</summary>
    public uint Version { get; private init; }

    /// <exception cref="GatewayException">The token would be expired from the start.</exception>
    public static AdminToken Issue(string name, string secret, AdminRole role, DateTimeOffset now, DateTimeOffset? expiresAt = null)
    {
        if (expiresAt <= now)
            throw new GatewayException(GatewayError.Invalid($"'expires_at' is {expiresAt:O}: expected a moment to come.", "expires_at", "invalid_value"));

        return new AdminToken
        {
            Id = new AdminTokenId(Guid.CreateVersion7(now)),
            Name = name,
            TokenHash = Secret.Hash(secret),
            TokenHint = Secret.Hint(secret),
            Role = role,
            Enabled = true,
            ExpiresAt = expiresAt,
            CreatedAt = now,
        };
    }

    /// <summary>For good: a revoked token never opens anything again.</summary>
    public void Revoke() => Enabled = false;

    public bool IsUsable(DateTimeOffset now) => Enabled && (ExpiresAt is null || now < ExpiresAt);
}
