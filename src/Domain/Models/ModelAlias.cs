using CleanGateway.Domain.Providers;

namespace CleanGateway.Domain.Models;

public readonly record struct ModelAliasId(Guid Value);

/// <summary>Another name for a model, optionally tied to one provider. Where a model has the same name, the alias wins.</summary>
public sealed class ModelAlias
{
    /// <summary>Characters.</summary>
    public const int MaxNameLength = 256;

    private ModelAlias() { }

    public ModelAliasId Id { get; private init; }
    public string Alias { get; private set; } = "";
    public ModelId TargetModelId { get; private set; }

    /// <summary>Null leaves the choice to the model's provider type.</summary>
    public ProviderId? ProviderId { get; private set; }
    public bool Enabled { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Another one after each change of the row.</summary>
    public uint Version { get; private init; }

    public static ModelAlias Create(string alias, ModelId target, ProviderId? provider, DateTimeOffset now) => new()
    {
        Id = new ModelAliasId(Guid.CreateVersion7(now)),
        Alias = alias,
        TargetModelId = target,
        ProviderId = provider,
        Enabled = true,
        CreatedAt = now,
    };

    public void Rename(string alias) => Alias = alias;

    public void LeadTo(ModelId target, ProviderId? provider)
    {
        TargetModelId = target;
        ProviderId = provider;
    }

    public void Enable(bool enabled) => Enabled = enabled;
}
