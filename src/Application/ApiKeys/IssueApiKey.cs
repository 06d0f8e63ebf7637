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

/// <summary>Makes a key for a caller.</summary>
/// <param name="AllowedModels">As <see cref="ApiKey.AllowedModels"/>; they may be named before they are there.</param>
/// <param name="Project">The name of the project it shall belong to; null: none.</param>
public sealed record IssueApiKey(
    string Name, UsageLimits? Limits = null, IReadOnlyList<string>? AllowedModels = null, DateTimeOffset? ExpiresAt = null,
    ContentPolicy? LogContent = null, string? Project = null, bool DropParams = false)
    : ICreateCommand<IssuedApiKey>;

/// <summary>A key with its secret, which is shown this once: the gateway keeps its hash alone.</summary>
public sealed record IssuedApiKey : ApiKeyView
{
    public string Secret { get; init; } = "";

    public override string ToString() => $"{Name} ({Id})";

    internal static IssuedApiKey Of(ApiKey key, string? project, string secret) => Of<IssuedApiKey>(key, project) with { Secret = secret };
}

internal sealed class IssueApiKeyValidator : AbstractValidator<IssueApiKey>
{
    public IssueApiKeyValidator()
    {
        RuleFor(command => command.Name).IsName(ApiKey.MaxNameLength);
        RuleFor(command => command.Limits!).SetValidator(new UsageLimitsValidator());
        RuleForEach(command => command.AllowedModels).NotEmpty().IsPlain();
        RuleFor(command => command.LogContent).IsInEnum();
    }
}

internal sealed class IssueApiKeyHandler(IApiKeyRepository keys, IProjectRepository projects, IUnitOfWork unitOfWork, TimeProvider clock)
    : IRequestHandler<IssueApiKey, IssuedApiKey>
{
    public async Task<IssuedApiKey> Handle(IssueApiKey command, CancellationToken cancellationToken)
    {
        var secret = Secret.Generate(Secret.ApiKeyPrefix);
        var project = await projects.NamedAsync(command.Project, cancellationToken);
        var limits = new KeyLimits
        {
            Limits = command.Limits ?? UsageLimits.None,
            ProjectId = project?.Id,
            AllowedModels = command.AllowedModels,
            ExpiresAt = command.ExpiresAt?.ToStorable(),
            LogContent = command.LogContent,
            DropParams = command.DropParams,
        };
        var key = ApiKey.Issue(command.Name, secret, clock.GetStorableNow(), limits);

        keys.Add(key);
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return IssuedApiKey.Of(key, project?.Name, secret);
    }
}
