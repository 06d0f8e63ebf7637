using CleanGateway.Application.Common;

namespace CleanGateway.Application.Secrets;

/// <summary>Which master keys there are, what each of them seals, and which gateways hold it. Never the keys themselves.</summary>
public sealed record GetSecrets : IQuery<SecretsStatus>;

/// <param name="MasterKeys">Oldest first; those that seal something and are not registered at the end.</param>
/// <param name="PlainCredentials">Providers whose credentials wait in plain text for a gateway to encrypt them.</param>
/// <param name="Gateways">Those that were heard of in the last ten seconds.</param>
public sealed record SecretsStatus(IReadOnlyList<MasterKeyItem> MasterKeys, long PlainCredentials, IReadOnlyList<GatewayKeys> Gateways)
{
    /// <summary>The one that seals what is written; null: none is registered yet.</summary>
    internal MasterKeyItem? Active => MasterKeys.SingleOrDefault(key => key.State == MasterKeyState.Active);
}

/// <param name="Id">Tells keys apart without telling anything about them.</param>
/// <param name="Version">1, 2, 3 … in the order in which they came; null: it was never registered.</param>
/// <param name="Credentials">How many providers' credentials are sealed with it.</param>
public sealed record MasterKeyItem(
    string Id, int? Version, MasterKeyState State, long Credentials, DateTimeOffset? CreatedAt, DateTimeOffset? ActiveAt, DateTimeOffset? RetiredAt);

public enum MasterKeyState
{
    /// <summary>It seals what is written.</summary>
    Active,

    /// <summary>It will be the active one as soon as every gateway holds it.</summary>
    Pending,

    /// <summary>It was the active one, and may still seal something.</summary>
    Old,

    /// <summary>It seals nothing any more and can be thrown away.</summary>
    Retired,

    /// <summary>It seals something, and nobody has registered it.</summary>
    Unregistered,
}

/// <param name="MasterKeys">The ids of the keys it holds, the one it seals with first; null: one of a version that does not say.</param>
public sealed record GatewayKeys(Guid Id, DateTimeOffset SeenAt, IReadOnlyList<string>? MasterKeys)
{
    internal bool Holds(string key) => MasterKeys?.Contains(key, StringComparer.Ordinal) == true;

    internal bool SealsWith(string key) => MasterKeys is [var first, ..] && first == key;
}
