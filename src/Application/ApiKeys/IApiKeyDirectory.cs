using CleanGateway.Domain.ApiKeys;

namespace CleanGateway.Application.ApiKeys;

/// <summary>Tells who a secret belongs to, on the way of every call.</summary>
public interface IApiKeyDirectory
{
    /// <param name="keyHash"><see cref="ApiKey.KeyHash"/> of the secret that was presented.</param>
    /// <returns>A key that this secret opens now, or null.</returns>
    /// <exception cref="Domain.Common.GatewayException">The database cannot be asked and the key is not known from before.</exception>
    ValueTask<ApiKey?> FindUsableAsync(string keyHash, CancellationToken cancellationToken);

    /// <summary>There was such a key when the database was last asked, not long ago. Asks nobody.</summary>
    bool IsKnown(string keyHash);
}
