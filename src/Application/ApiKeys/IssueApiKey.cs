using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.ApiKeys;

/// <summary>Makes a key for a caller.</summary>
/// <param name="Project">The name of the project it shall belong to; null: none.</param>
public sealed record IssueApiKey(
    string Name, UsageLimits? Limits = null, IReadOnlyList<string>? AllowedModels = null, DateTimeOffset? ExpiresAt = null,
    ContentPolicy? LogContent = null, string? Project = null, bool DropParams = false)
    : ICommand<IssuedApiKey>;

/// <summary>The only moment the secret exists outside the caller's hands.</summary>
public sealed record IssuedApiKey(Guid Id, string Name, string Secret, DateTimeOffset? ExpiresAt)
{
    public override string ToString() => $"{Name} ({Id})";

    internal static IssuedApiKey From(ApiKey key, string secret) => new(key.Id.Value, key.Name, secret, key.ExpiresAt);
}

internal sealed class IssueApiKeyValidator : AbstractValidator<IssueApiKey>
{
    public IssueApiKeyValidator()
    {
        RuleFor(command => command.Name).NotEmpty().MaximumLength(ApiKey.MaxNameLength);
        RuleFor(command => command.Limits!).SetValidator(new UsageLimitsValidator()).OverridePropertyName("");
        RuleForEach(command => command.AllowedModels).NotEmpty();
        RuleFor(command => command.LogContent).IsInEnum();
    }
}

internal sealed class IssueApiKeyHandler(IApiKeyRepository keys, IProjectRepository projects, IUnitOfWork unitOfWork, TimeProvider clock)
    : IRequestHandler<IssueApiKey, IssuedApiKey>
{
    public async Task<IssuedApiKey> Handle(IssueApiKey command, CancellationToken cancellationToken)
    {
        var secret = Secret.Generate(Secret.ApiKeyPrefix);
        var limits = new KeyLimits
        {
            Limits = command.Limits ?? UsageLimits.None,
            ProjectId = await FindProjectAsync(command.Project, cancellationToken),
            AllowedModels = command.AllowedModels,
            ExpiresAt = command.ExpiresAt,
            LogContent = command.LogContent,
            DropParams = command.DropParams,
        };
        var key = ApiKey.Issue(command.Name, secret, clock.GetUtcNow(), limits);

        keys.Add(key);
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return IssuedApiKey.From(key, secret);
    }

    private async Task<ProjectId?> FindProjectAsync(string? name, CancellationToken cancellationToken)
    {
        if (name is null)
            return null;

        var project = await projects.FindAsync(name, cancellationToken)
            ?? throw new GatewayException(GatewayError.Invalid(
                $"'project' is '{name}': expected the name of a project that is there.", "project", "unknown_project"));
        return project.Id;
    }
}
