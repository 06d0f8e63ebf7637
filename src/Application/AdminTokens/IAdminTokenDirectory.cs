using CleanGateway.Domain.AdminTokens;

namespace CleanGateway.Application.AdminTokens;

/// <summary>Tells who an admin token belongs to.</summary>
public interface IAdminTokenDirectory
{
    /// <param name="tokenHash"><see cref="AdminToken.TokenHash"/> of the token that was presented.</param>
    /// <returns>Whose it is, if it is usable now; else null.</returns>
    /// <exception cref="Domain.Common.GatewayException">The database cannot be asked.</exception>
    ValueTask<AdminIdentity?> FindUsableAsync(string tokenHash, CancellationToken cancellationToken);

    /// <summary>There was such a token when the database was last asked, not long ago. Asks nobody.</summary>
    bool IsKnown(string tokenHash);

    /// <summary>Some token would have opened something when the gateway started; if none, nothing listens for admins.</summary>
    bool AnyAtStart { get; }
}

/// <summary>Who an administrative call comes from.</summary>
public sealed record AdminIdentity(Guid Id, string Name, AdminRole Role);
