using System.Collections.Frozen;
using CleanGateway.Application.Inference;

namespace CleanGateway.Application.Models;

/// <summary>
/// Providers, models and aliases at one version of the configuration, ready to be looked up. Never changed, only
/// replaced as a whole, so a call sees one configuration from beginning to end.
/// </summary>
public sealed class GatewaySnapshot
{
    private readonly FrozenDictionary<string, ServedModel> served;

    /// <param name="version">The database's <c>config_version</c> when this was read.</param>
    public GatewaySnapshot(long version, IEnumerable<ServedModel> models)
    {
        Version = version;
        Models = [.. models.OrderBy(model => model.Name, StringComparer.Ordinal)];
        served = Models.ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
    }

    public long Version { get; }

    /// <summary>Everything that can be called by name, aliases included, in order of the names.</summary>
    public IReadOnlyList<ServedModel> Models { get; }

    public ServedModel? Find(string name) => served.GetValueOrDefault(name);

    /// <summary>Null when there is no such model, or no enabled provider for it, or it is not one for this API.</summary>
    public InferenceTarget? FindTarget(string name, ApiFormat api) => Find(name) is { } model && model.Answers(api) ? model.Target : null;
}

/// <summary>A model or alias that an enabled provider serves.</summary>
/// <param name="OwnedBy">The provider's type.</param>
/// <param name="Mode">What it is for, in the catalogue's word: <c>chat</c>, <c>embedding</c> …</param>
public sealed record ServedModel(string Name, string OwnedBy, DateTimeOffset CreatedAt, string Mode, InferenceTarget Target)
{
    /// <summary>The model is one for calls that come through this API.</summary>
    public bool Answers(ApiFormat api) => api switch
    {
        ApiFormat.ChatCompletions or ApiFormat.Messages or ApiFormat.MessageTokens => Mode == "chat",
        ApiFormat.Responses => Mode is "chat" or "responses",
        ApiFormat.Embeddings => Mode == "embedding",
        _ => throw new ArgumentOutOfRangeException(nameof(api), api, "is no API"),
    };
}

/// <summary>The configuration that calls are answered by.</summary>
public interface IGatewaySnapshots
{
    GatewaySnapshot Current { get; }

    /// <summary>
    /// For a model that <see cref="Current"/> does not know: makes sure that no newer configuration is waiting, so that
    /// what an operator has just written is there for the next call. Remembers names that were looked for in vain.
    /// </summary>
    ValueTask<GatewaySnapshot> LookAgainAsync(string model, CancellationToken cancellationToken);
}
