using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.ApiKeys;

/// <summary>
/// Makes another secret for a key, which stays the same in all else. The secret before it works on for the grace period;
/// one that was in a grace period already stops at once. <c>key_not_found</c> if there is none of that id.
/// </summary>
public sealed record RotateApiKey : ICreateCommand<IssuedApiKey>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    [JsonIgnore]
    public Precondition IfMatch { get; init; } = Precondition.Any;

    /// <summary>In seconds, at most <see cref="ApiKey.LongestGracePeriod"/>; 0: the old secret stops now.</summary>
    public int GracePeriodSeconds { get; init; }
}

internal sealed class RotateApiKeyValidator : AbstractValidator<RotateApiKey>
{
    private static readonly int Longest = (int)ApiKey.LongestGracePeriod.TotalSeconds;

    public RotateApiKeyValidator() => RuleFor(command => command.GracePeriodSeconds).InclusiveBetween(0, Longest)
        .WithMessage($"'grace_period_seconds' is {{PropertyValue}}: expected 0 to {Longest} seconds.");
}

internal sealed class RotateApiKeyHandler(IApiKeyRepository keys, IProjectRepository projects, IUnitOfWork unitOfWork, TimeProvider clock)
    : IRequestHandler<RotateApiKey, IssuedApiKey>
{
    public async Task<IssuedApiKey> Handle(RotateApiKey command, CancellationToken cancellationToken)
    {
        var key = await keys.FindAsync(new ApiKeyId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("key", command.Id.ToString()));
        command.IfMatch.Check(key.Version);

        var secret = Secret.Generate(Secret.ApiKeyPrefix);
        key.Rotate(secret, TimeSpan.FromSeconds(command.GracePeriodSeconds), clock.GetStorableNow());
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return IssuedApiKey.Of(key, (await projects.OfAsync(key.ProjectId, cancellationToken))?.Name, secret);
    }
}
