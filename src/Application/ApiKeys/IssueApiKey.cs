using CleanGateway.Application.Common;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.ApiKeys;

/// <summary>Makes a key for a caller.</summary>
public sealed record IssueApiKey(
    string Name, int? RateLimit = null, decimal? MonthlyBudget = null, IReadOnlyList<string>? AllowedModels = null, DateTimeOffset? ExpiresAt = null,
    ContentPolicy? LogContent = null)
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
        RuleFor(command => command.RateLimit).GreaterThanOrEqualTo(0)
            .WithMessage("'rate_limit' is {PropertyValue}: expected 0 or more requests per minute.");
        RuleFor(command => command.MonthlyBudget).InclusiveBetween(0, 1_000_000_000m)
            .WithMessage("'monthly_budget' is {PropertyValue}: expected 0 to 1000000000 dollars.");
        RuleForEach(command => command.AllowedModels).NotEmpty();
        RuleFor(command => command.LogContent).IsInEnum();
    }
}

internal sealed class IssueApiKeyHandler(IApiKeyRepository keys, IUnitOfWork unitOfWork, TimeProvider clock)
    : IRequestHandler<IssueApiKey, IssuedApiKey>
{
    public async Task<IssuedApiKey> Handle(IssueApiKey command, CancellationToken cancellationToken)
    {
        var secret = Secret.Generate(Secret.ApiKeyPrefix);
        var limits = new KeyLimits
        {
            Limits = new UsageLimits { RateLimit = command.RateLimit, MonthlyBudget = command.MonthlyBudget },
            AllowedModels = command.AllowedModels,
            ExpiresAt = command.ExpiresAt,
            LogContent = command.LogContent,
        };
        var key = ApiKey.Issue(command.Name, secret, clock.GetUtcNow(), limits);

        keys.Add(key);
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return IssuedApiKey.From(key, secret);
    }
}
