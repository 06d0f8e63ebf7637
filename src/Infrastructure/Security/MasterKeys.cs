using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Security;

/// <summary>
/// The master keys this process holds. Each opens what was sealed with it. Which one seals is for the database to say,
/// so that no gateway seals with a key that another has not been given yet.
/// </summary>
public sealed class MasterKeys
{
    private const string FileName = "master.key";
    private static readonly char[] Separators = [',', ' ', '\t', '\r', '\n'];

    private readonly MasterKeySource source;
    private volatile MasterKey[] held;
    private volatile MasterKey? active;

    private MasterKeys(IEnumerable<MasterKey> held, MasterKeySource source) => (this.held, this.source) = ([.. held], source);

    /// <summary>In the order in which they were given; the one that seals, once that is known, first.</summary>
    internal IReadOnlyList<string> Ids => active is { } first
        ? [first.Id, .. held.Where(key => key.Id != first.Id).Select(key => key.Id)]
        : [.. held.Select(key => key.Id)];

    internal IReadOnlyList<MasterKey> Held => held;

    /// <summary>Where they come from is the gateway's own file, which it may write.</summary>
    internal bool AreOwn => source.OwnFile is not null;

    /// <summary>The one that seals; null: not known yet, or not held.</summary>
    internal MasterKey? Active => active;

    public override string ToString() => $"master keys {string.Join(", ", Ids)}";

    /// <summary>None at all, for work that seals and opens nothing.</summary>
    public static MasterKeys None() => new([], default);

    /// <summary>One that is kept nowhere, for a look at what is sealed and what is not.</summary>
    internal static MasterKeys Ephemeral() => Of(Parse(MasterKey.NewText(), "A new key")[0]);

    /// <summary>Whether there is one already; where there is none, <see cref="LoadAsync(GatewaySettings, CancellationToken)"/> makes it.</summary>
    internal static bool AreThere(GatewaySettings settings) => settings.MasterKey is not null || settings.MasterKeyFile is not null
        || (settings.CredentialsDirectory is { } folder && File.Exists(Path.Combine(folder, FileName)))
        || File.Exists(Path.Combine(settings.DataDirectory, FileName));

    /// <summary>
    /// From the setting, else its file, else the credential <c>master.key</c> that the service manager gives, else a file
    /// of the gateway's own that is made at the first start.
    /// </summary>
    /// <exception cref="StartException">A file cannot be read or holds no key.</exception>
    public static async Task<MasterKeys> LoadAsync(GatewaySettings settings, CancellationToken cancellationToken)
    {
        if (settings.MasterKey is { } given)
            return new MasterKeys(Parse(given, "GATEWAY_MASTER_KEY"), default);

        if (settings.MasterKeyFile is { } path)
            return await LoadAsync(new MasterKeySource(path, $"GATEWAY_MASTER_KEY_FILE {path}"), cancellationToken);

        if (settings.CredentialsDirectory is { } folder && Path.Combine(folder, FileName) is var credential && File.Exists(credential))
            return await LoadAsync(new MasterKeySource(credential, $"The credential {credential}"), cancellationToken);

        var files = new SecretFiles(settings.DataDirectory);
        var own = await files.ReadOrCreateAsync(FileName, MasterKey.NewText, cancellationToken);
        return new MasterKeys(Parse(own.Secret, own.Path), new MasterKeySource(own.Path, own.Path, files));
    }

    internal static MasterKeys Of(params MasterKey[] keys)
    {
        var ring = new MasterKeys(keys, default);
        ring.Activate(keys[0].Id);
        return ring;
    }

    internal static bool IsWellFormed(string text, out string value)
    {
        value = text;
        return TryParse(text) is not null;
    }

    /// <summary>What an ill-formed setting is, without showing it.</summary>
    internal static string WhatIsWrong(string text) =>
        Words(text).Any(MasterKey.IsUniform) ? "not valid (all bytes of a key are the same)" : "not valid";

    /// <summary>Whether a text holds one of these keys.</summary>
    internal bool AreIn(string text) => Words(text).Any(word => MasterKey.TryParse(word, out var key) && Find(key.Id) is not null);

    /// <summary>Null: it is not held.</summary>
    internal MasterKey? Find(string id) => Array.Find(held, key => key.Id == id);

    /// <param name="id">Which one seals from now on; null, or one that is not held: none does.</param>
    internal void Activate(string? id) => active = id is null ? null : Find(id);

    /// <summary>Reads the file again that they come from. What is held stays, and what is new joins it.</summary>
    /// <returns>Whether there was anything new.</returns>
    /// <exception cref="StartException">The file cannot be read or holds no key.</exception>
    internal async Task<bool> ReadAgainAsync(CancellationToken cancellationToken)
    {
        if (source.Path is null)
            return false;

        var before = held;
        var read = Parse(await ReadAsync(source, cancellationToken), source.Name);
        held = [.. read.Concat(before).DistinctBy(key => key.Id)];
        return held.Length > before.Length;
    }

    /// <summary>Makes a key and puts it first in the gateway's own file, before those that are there.</summary>
    /// <exception cref="InvalidOperationException">The keys are not the gateway's own: see <see cref="AreOwn"/>.</exception>
    internal async Task<MasterKey> MakeAsync(CancellationToken cancellationToken)
    {
        var files = source.OwnFile ?? throw new InvalidOperationException("Keys that were given are not the gateway's to write.");
        var text = MasterKey.NewText();
        var before = await ReadAsync(source, cancellationToken);
        await files.ReplaceAsync(FileName, $"{text}\n{before.Trim()}", cancellationToken);
        await ReadAgainAsync(cancellationToken);
        return Parse(text, source.Name)[0];
    }

    /// <exception cref="GatewayException">It is not known, or not held, so nothing can be sealed.</exception>
    internal MasterKey NeedActive() => active ?? throw new GatewayException(new GatewayError(
        GatewayErrorKind.Conflict, "master_key_missing", "This gateway does not hold the active master key, so it cannot encrypt credentials."));

    private static async Task<MasterKeys> LoadAsync(MasterKeySource source, CancellationToken cancellationToken) =>
        new(Parse(await ReadAsync(source, cancellationToken), source.Name), source);

    private static async Task<string> ReadAsync(MasterKeySource source, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(source.Path!, cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"{source.Name} cannot be read: {unreadable.Message}", unreadable);
        }
    }

    private static MasterKey[] Parse(string text, string source) => TryParse(text)
        ?? throw new StartException(
            $"{source} holds no master key: expected 32 bytes as base64 or 64 hex digits, "
            + (Words(text).Any(MasterKey.IsUniform) ? "which are not all the same" : "or several of these"));

    private static MasterKey[]? TryParse(string text)
    {
        var words = Words(text);
        var keys = words.Select(word => MasterKey.TryParse(word, out var key) ? key : null).OfType<MasterKey>().ToList();
        return keys.Count == words.Length && keys.Count > 0 ? [.. keys.DistinctBy(key => key.Id)] : null;
    }

    private static string[] Words(string text) => text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    /// <param name="Path">Null: an environment variable, which does not change.</param>
    /// <param name="Name">What messages call it.</param>
    /// <param name="OwnFile">Who writes it, where it is the gateway's own.</param>
    private readonly record struct MasterKeySource(string? Path, string Name, SecretFiles? OwnFile = null);
}
