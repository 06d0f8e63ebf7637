using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using MediatR;

namespace CleanGateway.Application.Secrets;

/// <summary>
/// Gives up a master key that is lost, and with it the credentials that nothing else opens: they have to be entered again.
/// <c>master_key_not_found</c>, or <c>master_key_in_use</c> while a gateway holds it.
/// </summary>
/// <param name="Confirmed">False: only says which providers would lose their credentials.</param>
public sealed record ForgetMasterKey(string Id, bool Confirmed) : ICommand<ForgottenMasterKey>
{
    /// <summary>No secret, and what a log may say of it.</summary>
    public override string ToString() => Id;
}

/// <param name="Providers">The names of those that have lost their credentials, or would.</param>
public sealed record ForgottenMasterKey(string Id, bool IsDone, IReadOnlyList<string> Providers);

internal sealed class ForgetMasterKeyHandler(IMasterKeyStore keys) : IRequestHandler<ForgetMasterKey, ForgottenMasterKey>
{
    public async Task<ForgottenMasterKey> Handle(ForgetMasterKey command, CancellationToken cancellationToken)
    {
        var status = await keys.ReadAsync(cancellationToken);
        var key = status.MasterKeys.SingleOrDefault(known => known.Id == command.Id)
            ?? throw new GatewayException(GatewayError.NotFound("master_key", command.Id));

        // One that seals nothing, and is not about to, harms nobody by going.
        var holders = status.Gateways.Where(gateway => gateway.Holds(key.Id)).Select(gateway => gateway.Id).ToList();
        if (holders.Count > 0 && (key.Credentials > 0 || key.State == MasterKeyState.Active))
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "master_key_in_use",
                $"The master key {key.Id} is not lost: the gateways {string.Join(", ", holders)} hold it. Replace it with `cleangateway secrets rotate`, or stop them first."));
        }

        return command.Confirmed
            ? new ForgottenMasterKey(key.Id, IsDone: true, await keys.ForgetAsync(key.Id, cancellationToken))
            : new ForgottenMasterKey(key.Id, IsDone: false, await keys.SealedByAsync(key.Id, cancellationToken));
    }
}
