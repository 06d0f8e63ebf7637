using CleanGateway.Domain.Common;

namespace CleanGateway.Domain.AdminTokens;

public readonly record struct AdminTokenId(Guid Value);

/// <summary>Opens the administrative endpoints. Never valid as an API key, and no API key is valid as one.</summary>
public sealed class AdminToken
{
    /// <summary>May do everything. The only role so far.</summary>
    public const string Owner = "owner";

    private AdminToken() { }

    public AdminTokenId Id { get; private init; }
    public string Name { get; private set; } = "";

    /// <summary>Lower-case hex of the token's SHA-256.</summary>
    public string TokenHash { get; private init; } = "";
    public string Role { get; private set; } = Owner;
    public bool Enabled { get; private set; }
    public DateTimeOffset? ExpiresAt { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }

    public static AdminToken Issue(string name, string secret, DateTimeOffset now) => new()
    {
        Id = new AdminTokenId(Guid.CreateVersion7(now)),
        Name = name,
        TokenHash = Secret.Hash(secret),
        Enabled = true,
        CreatedAt = now,
    };
}
