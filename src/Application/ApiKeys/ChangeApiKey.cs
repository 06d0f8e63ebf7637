using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.ApiKeys;

/// <summary>
/// Changes what is said of a key; all else stays as it is, its secret always. <c>key_not_found</c> if there is none of
/// that id.
/// </summary>
public sealed record ChangeApiKey : ICommand<ApiKeyItem>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    [JsonIgnore]
    public Precondition IfMatch { get; init; } = Precondition.Any;

    public Change<string> Name { get; init; }

    /// <summary>False: it opens nothing, until it is enabled again.</summary>
    public Change<bool> Enabled { get; init; }

    /// <summary>They hold from the next call on; they may be less than what is spent already.</summary>
    public LimitChanges? Limits { get; init; }

    /// <summary>The name of the project it shall belong to; null: none.</summary>
    public Change<string?> Project { get; init; }

    /// <summary>The whole list anew; null: all models.</summary>
    public Change<IReadOnlyList<string>?> AllowedModels { get; init; }

    /// <summary>From when on it opens nothing; a moment that has been is allowed. Null: never.</summary>
    public Change<DateTimeOffset?> ExpiresAt { get; init; }

    /// <inheritdoc cref="ApiKey.LogContent"/>
    public Change<ContentPolicy?> LogContent { get; init; }

    /// <inheritdoc cref="ApiKey.DropParams"/>
    public Change<bool> DropParams { get; init; }
}

internal sealed class ChangeApiKeyValidator : AbstractValidator<ChangeApiKey>
{
    public ChangeApiKeyValidator()
    {
        RuleFor(command => command.Name.Value).IsName(ApiKey.MaxNameLength)
            .When(command => command.Name.IsGiven).OverridePropertyName(nameof(ChangeApiKey.Name));
        RuleFor(command => command.Limits!.Of(UsageLimits.None)).SetValidator(new UsageLimitsValidator())
            .When(command => command.Limits is not null).OverridePropertyName(nameof(ChangeApiKey.Limits));
        RuleForEach(command => command.AllowedModels.Value).NotEmpty().IsPlain().OverridePropertyName(nameof(ChangeApiKey.AllowedModels));
        RuleFor(command => command.LogContent.Value).IsInEnum().OverridePropertyName(nameof(ChangeApiKey.LogContent));
    }
}

internal sealed class ChangeApiKeyHandler(IApiKeyRepository keys, IProjectRepository projects, IUnitOfWork unitOfWork)
    : IRequestHandler<ChangeApiKey, ApiKeyItem>
{
    public async Task<ApiKeyItem> Handle(ChangeApiKey command, CancellationToken cancellationToken)
    {
        var key = await keys.FindAsync(new ApiKeyId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("key", command.Id.ToString()));
        command.IfMatch.Check(key.Version);

        var project = command.Project.IsGiven
            ? await projects.NamedAsync(command.Project.Value, cancellationToken)
            : await projects.OfAsync(key.ProjectId, cancellationToken);
        key.Rename(command.Name.Or(key.Name));
        key.Enable(command.Enabled.Or(key.Enabled));
        key.Change(key.Terms with
        {
            Limits = command.Limits?.Of(key.Limits) ?? key.Limits,
            ProjectId = project?.Id,
            AllowedModels = command.AllowedModels.Or(key.AllowedModels),
            ExpiresAt = command.ExpiresAt.Or(key.ExpiresAt)?.ToStorable(),
            LogContent = command.LogContent.Or(key.LogContent),
            DropParams = command.DropParams.Or(key.DropParams),
        });
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return ApiKeyView.Of<ApiKeyItem>(key, project?.Name);
    }
}
