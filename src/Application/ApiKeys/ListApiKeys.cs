using CleanGateway.Application.Common;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using FluentValidation;

namespace CleanGateway.Application.ApiKeys;

/// <summary>API keys, in order of their names and then of their ids; names are not unique.</summary>
/// <param name="ProjectId">Those of this project only.</param>
/// <param name="Name">Those of exactly this name only.</param>
/// <param name="Enabled">Only those that are enabled, or those that are not.</param>
public sealed record ListApiKeys(PageRequest Page, Guid? ProjectId = null, string? Name = null, bool? Enabled = null) : IQuery<Page<ApiKeyItem>>;

/// <summary>An API key, as it is shown: without its secret, and without the hash of it.</summary>
public abstract record ApiKeyView : ITagged
{
    public Guid Id { get; init; }
    public string Name { get; init; } = "";

    /// <inheritdoc cref="ApiKey.KeyHint"/>
    public string? KeyHint { get; init; }

    /// <inheritdoc cref="ApiKey.PreviousKeyExpiresAt"/>
    public DateTimeOffset? PreviousKeyExpiresAt { get; init; }
    public bool Enabled { get; init; }
    public Guid? ProjectId { get; init; }

    /// <summary>The name of the project it belongs to; null: it belongs to none.</summary>
    public string? Project { get; init; }
    public UsageLimits Limits { get; init; } = UsageLimits.None;

    /// <inheritdoc cref="ApiKey.AllowedModels"/>
    public IReadOnlyList<string>? AllowedModels { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <inheritdoc cref="ApiKey.LogContent"/>
    public ContentPolicy? LogContent { get; init; }

    /// <inheritdoc cref="ApiKey.DropParams"/>
    public bool DropParams { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public string Etag { get; init; } = "";

    /// <param name="project">The name of the project it belongs to.</param>
    internal static T Of<T>(ApiKey key, string? project) where T : ApiKeyView, new() => new()
    {
        Id = key.Id.Value,
        Name = key.Name,
        KeyHint = key.KeyHint,
        PreviousKeyExpiresAt = key.PreviousKeyExpiresAt,
        Enabled = key.Enabled,
        ProjectId = key.ProjectId?.Value,
        Project = project,
        Limits = key.Limits,
        AllowedModels = key.AllowedModels,
        ExpiresAt = key.ExpiresAt,
        LogContent = key.LogContent,
        DropParams = key.DropParams,
        CreatedAt = key.CreatedAt,
        Etag = Precondition.TagOf(key.Version),
    };
}

/// <inheritdoc/>
public sealed record ApiKeyItem : ApiKeyView;

internal sealed class ListApiKeysValidator : AbstractValidator<ListApiKeys>
{
    public ListApiKeysValidator() => RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
}
