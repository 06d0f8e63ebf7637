using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using MediatR;

namespace CleanGateway.Application.Providers;

/// <summary>Takes a provider away that no alias leads to. <c>provider_not_found</c>, <c>provider_in_use</c> or <c>managed_by_environment</c>.</summary>
public sealed record DeleteProvider(Guid Id, Precondition IfMatch) : ICommand<Unit>;

internal sealed class DeleteProviderHandler(IProviderRepository providers, IUnitOfWork unitOfWork) : IRequestHandler<DeleteProvider, Unit>
{
    public async Task<Unit> Handle(DeleteProvider command, CancellationToken cancellationToken)
    {
        var provider = await providers.FindAsync(new ProviderId(command.Id), cancellationToken) ?? throw ProviderErrors.NotFound(command.Id);
        command.IfMatch.Check(provider.Version);
        ProviderErrors.EnsureNotManaged(provider);
        if (await providers.CountAliasesAsync(provider.Id, cancellationToken) is > 0 and var aliases)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "provider_in_use", $"{aliases} aliases lead to the provider '{provider.Name}': delete them first, or change them."));
        }

        providers.Remove(provider);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return Unit.Value;
    }
}
