using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Providers;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Providers;

/// <summary>
/// Asks a provider something small, with its credentials and where its calls go, and tells of which sort the answer was;
/// nothing else of it. Nobody is billed by the gateway, and nothing is logged as a call.
/// </summary>
public sealed record TestProvider : ICommand<ProviderTest>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>A model, an alias, or the provider's own name of one, which then answers a chat of one token; null: what there is.</summary>
    public string? Model { get; init; }
}

/// <param name="Status">The HTTP status of the answer; null: there was none.</param>
public sealed record ProviderTest(TestOutcome Outcome, int? Status, long LatencyMs);

/// <summary>What a test came to.</summary>
public enum TestOutcome
{
    Ok,

    /// <summary>The provider does not accept the credentials, or not for this.</summary>
    Unauthorized,

    /// <summary>There is no such model, or nothing at all where the provider should be.</summary>
    NotFound,

    /// <summary>Too many requests, or no money or quota left.</summary>
    RateLimited,

    /// <summary>The provider said no for another reason.</summary>
    Refused,

    /// <summary>No connection came about, or it broke.</summary>
    Unreachable,

    /// <summary>The gateway does not connect there: nothing was sent.</summary>
    DestinationRefused,
    Timeout,

    /// <summary>The provider failed, or what it said is no answer.</summary>
    Error,
}

/// <summary>Asks providers something small.</summary>
public interface IProviderProbe
{
    /// <param name="model"><see cref="TestProvider.Model"/>.</param>
    /// <exception cref="Domain.Common.GatewayException">The provider's row cannot be used, or it cannot be asked without a model.</exception>
    Task<ProviderTest> AskAsync(ProviderId provider, string? model, CancellationToken cancellationToken);
}

internal sealed class TestProviderValidator : AbstractValidator<TestProvider>
{
    public TestProviderValidator() => RuleFor(command => command.Model).Length(1, Domain.Models.Model.MaxNameLength)
        .Must(MemberRules.IsPlain).WithMessage("'model' has control characters.");
}

internal sealed class TestProviderHandler(IProviderRepository providers, IProviderProbe probe, IAuditRecords audit, IUnitOfWork unitOfWork)
    : IRequestHandler<TestProvider, ProviderTest>
{
    public async Task<ProviderTest> Handle(TestProvider command, CancellationToken cancellationToken)
    {
        var provider = await providers.FindAsync(new ProviderId(command.Id), cancellationToken) ?? throw ProviderErrors.NotFound(command.Id);

        // Before it is done: a credential is used, and that is on record even if nobody waits for the end.
        audit.Add(new AuditedChange("provider", command.Id.ToString(), provider.Name, []));
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return await probe.AskAsync(provider.Id, command.Model, cancellationToken);
    }
}
