using CleanGateway.Application.Common;
using CleanGateway.Domain.Providers;
using MediatR;

namespace CleanGateway.Application.Providers;

/// <summary>Takes a provider's credentials away: it is asked without any from now on.</summary>
public sealed record DeleteProviderCredentials(Guid Id, Precondition IfMatch) : ICommand<Unit>;

internal sealed class DeleteProviderCredentialsHandler(IProviderRepository providers, IUnitOfWork unitOfWork)
    : IRequestHandler<DeleteProviderCredentials, Unit>
{
    public async Task<Unit> Handle(DeleteProviderCredentials command, CancellationToken cancellationToken)
    {
        var provider = await providers.FindAsync(new ProviderId(command.Id), cancellationToken) ?? throw ProviderErrors.NotFound(command.Id);
        command.IfMatch.Check(provider.Version);
        ProviderErrors.EnsureNotManaged(provider);

        provider.Entrust(null, null);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return Unit.Value;
    }
}
