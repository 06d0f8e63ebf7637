using CleanGateway.Domain.Providers;

namespace CleanGateway.Domain.Models;

public readonly record struct ModelAliasId(Guid Value);

/// <summary>Another name for a model, optionally tied to one provider. Where a model has the same name, the alias wins.</summary>
public sealed class ModelAlias
{
    private ModelAlias() { }

    public ModelAliasId Id { get; private init; }
    public string Alias { get; private init; } = "";
    public ModelId TargetModelId { get; private set; }

    /// <summary>Null leaves the choice to the model's provider type.</summary>
    public ProviderId? ProviderId { get; private set; }
    public bool Enabled { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }
}
