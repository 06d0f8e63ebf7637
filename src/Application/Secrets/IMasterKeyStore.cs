using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Secrets;

/// <summary>The master keys, as the database knows them and as this process holds them. What it changes it enters in the audit log.</summary>
public interface IMasterKeyStore
{
    /// <summary>Whether the keys are in a file that is the gateway's own to write.</summary>
    bool AreOwn { get; }

    bool Holds(string key);

    /// <summary>The first key held that is none of these; null: there is none.</summary>
    string? FirstBut(IReadOnlyCollection<string> keys);

    /// <summary>Makes a key and puts it first in the gateway's own file, those that are there staying.</summary>
    /// <returns>Its id.</returns>
    Task<string> MakeAsync(CancellationToken cancellationToken);

    /// <summary>Keeps other rotations from beginning until it is disposed.</summary>
    /// <exception cref="GatewayException"><c>rotation_under_way</c>.</exception>
    Task<IAsyncDisposable> BeginAsync(CancellationToken cancellationToken);

    Task<SecretsStatus> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Makes a key that is held known to the database and to all gateways. It seals nothing yet.</summary>
    Task RegisterAsync(string key, CancellationToken cancellationToken);

    /// <summary>Makes a registered key the one that seals.</summary>
    /// <returns>False: a gateway that lives does not hold it, so nothing was changed.</returns>
    Task<bool> ActivateAsync(string key, CancellationToken cancellationToken);

    /// <summary>Puts the next few credentials that other keys have sealed under the active one. What changes meanwhile is left as it is.</summary>
    /// <param name="after">The last provider looked at; null: from the beginning.</param>
    Task<RewrapBatch> RewrapAsync(Guid? after, CancellationToken cancellationToken);

    /// <summary>Marks keys older than this one by which nothing is sealed any more.</summary>
    /// <returns>Their ids.</returns>
    Task<IReadOnlyList<string>> RetireAsync(string active, CancellationToken cancellationToken);

    /// <summary>The names of the providers whose credentials only this key opens.</summary>
    Task<IReadOnlyList<string>> SealedByAsync(string key, CancellationToken cancellationToken);

    /// <summary>Removes a key, and with it what only it could open.</summary>
    /// <returns>The names of the providers that have no credentials any more.</returns>
    Task<IReadOnlyList<string>> ForgetAsync(string key, CancellationToken cancellationToken);
}

/// <param name="Last">The last provider looked at; null: there are no more.</param>
/// <param name="Missed">How many were changed by somebody else meanwhile and have to be looked at again.</param>
public sealed record RewrapBatch(Guid? Last, int Rewrapped, int Missed, IReadOnlyList<UnreadableCredentials> Unreadable);

/// <param name="Reason">Why they cannot be opened, without secrets.</param>
public sealed record UnreadableCredentials(string Provider, string Reason);
