using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Secrets;

/// <summary>
/// Puts all credentials under a new master key while the gateways go on. Every step is in the database before the next
/// one begins, so that it can be asked for again after it was interrupted, and goes on from there. Refused with
/// <c>no_new_master_key</c>, <c>pending_master_key_missing</c> or <c>rotation_under_way</c>.
/// </summary>
/// <param name="Wait">How long gateways may take to hold the new key.</param>
/// <param name="DryRun">Only says what would be done.</param>
public sealed record RotateSecrets(TimeSpan Wait, bool DryRun = false) : ICommand<Rotation>;

/// <param name="Key">The id of the new key; null: it would still have to be made.</param>
/// <param name="Credentials">How many have been put under it; in a dry run, how many would be.</param>
/// <param name="Waiting">The gateways that do not hold it, or do not seal with it yet.</param>
/// <param name="Unreadable">Credentials that could not be opened. As long as there are any, the rotation is not complete.</param>
/// <param name="Retired">Keys that are not needed any more.</param>
public sealed record Rotation(
    RotationState State, string? Key, int Credentials, IReadOnlyList<Guid> Waiting, IReadOnlyList<UnreadableCredentials> Unreadable,
    IReadOnlyList<string> Retired);

public enum RotationState
{
    Complete,

    /// <summary>Nothing was done: it was a dry run.</summary>
    Planned,

    /// <summary>Gateways lack the new key.</summary>
    WaitingForGateways,

    /// <summary>Credentials are left under older keys.</summary>
    Incomplete,
}

internal sealed class RotateSecretsValidator : AbstractValidator<RotateSecrets>
{
    public RotateSecretsValidator() => RuleFor(command => command.Wait).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromHours(1));
}

internal sealed class RotateSecretsHandler(IMasterKeyStore keys, TimeProvider clock) : IRequestHandler<RotateSecrets, Rotation>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);
    private const int MostPasses = 10;

    public async Task<Rotation> Handle(RotateSecrets command, CancellationToken cancellationToken)
    {
        if (command.DryRun)
            return Plan(await keys.ReadAsync(cancellationToken));

        await using var alone = await keys.BeginAsync(cancellationToken);
        var status = await keys.ReadAsync(cancellationToken);
        var key = Choose(status) ?? await keys.MakeAsync(cancellationToken);
        var until = clock.GetUtcNow() + command.Wait;

        if (status.MasterKeys.All(known => known.Id != key || known.State == MasterKeyState.Unregistered))
            await keys.RegisterAsync(key, cancellationToken);

        if (status.Active?.Id != key)
        {
            do
            {
                if (await WaitAsync(gateway => gateway.Holds(key), until, cancellationToken) is { Count: > 0 } lacking)
                    return new Rotation(RotationState.WaitingForGateways, key, 0, lacking, [], []);
            }
            while (!await keys.ActivateAsync(key, cancellationToken));
        }

        // Whoever still seals with an older key would do so behind the back of what follows.
        if (await WaitAsync(gateway => gateway.SealsWith(key), until, cancellationToken) is { Count: > 0 } behind)
            return new Rotation(RotationState.WaitingForGateways, key, 0, behind, [], []);

        var (rewrapped, unreadable) = await RewrapAsync(cancellationToken);
        var retired = await keys.RetireAsync(key, cancellationToken);
        var after = await keys.ReadAsync(cancellationToken);
        var isComplete = after.MasterKeys.All(known => known.Id == key || known.Credentials == 0);
        return new Rotation(isComplete ? RotationState.Complete : RotationState.Incomplete, key, rewrapped, [], unreadable, retired);
    }

    private Rotation Plan(SecretsStatus status)
    {
        var key = Choose(status);
        var others = status.MasterKeys.Where(known => known.Id != key).Sum(known => known.Credentials);
        var lacking = key is null ? [] : status.Gateways.Where(gateway => !gateway.Holds(key)).Select(gateway => gateway.Id).ToList();
        return new Rotation(RotationState.Planned, key, (int)others, lacking, [], []);
    }

    /// <summary>What was begun is brought to its end first, unless there is a newer key still.</summary>
    /// <returns>Null: one has to be made.</returns>
    private string? Choose(SecretsStatus status)
    {
        if (status.MasterKeys.LastOrDefault(known => known.State == MasterKeyState.Pending) is { } pending)
        {
            return keys.Holds(pending.Id) ? pending.Id : throw Refusal(
                "pending_master_key_missing",
                $"A rotation to the master key {pending.Id} has begun, and this command has not been given that key: give it the key, "
                + $"or give the rotation up with `cleangateway secrets forget {pending.Id}`.");
        }

        var registered = status.MasterKeys.Where(known => known.State != MasterKeyState.Unregistered).Select(known => known.Id).ToHashSet(StringComparer.Ordinal);
        if (keys.FirstBut(registered) is { } given)
            return given;

        if (status.MasterKeys.Any(known => known.State == MasterKeyState.Old || (known.State == MasterKeyState.Retired && known.Credentials > 0)))
            return status.Active!.Id;

        return keys.AreOwn ? null : throw Refusal(
            "no_new_master_key",
            "There is no new master key: put one (`openssl rand -base64 32` makes it) before the others in GATEWAY_MASTER_KEY, or in the file "
            + "that holds them, of every gateway and of this command, and run it again.");
    }

    /// <returns>The gateways that the condition does not hold of when the time is up.</returns>
    private async Task<IReadOnlyList<Guid>> WaitAsync(Func<GatewayKeys, bool> condition, DateTimeOffset until, CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = await keys.ReadAsync(cancellationToken);
            var others = status.Gateways.Where(gateway => !condition(gateway)).Select(gateway => gateway.Id).ToList();
            if (others.Count == 0 || clock.GetUtcNow() >= until)
                return others;

            await Task.Delay(LookAgain, clock, cancellationToken);
        }
    }

    private async Task<(int Rewrapped, IReadOnlyList<UnreadableCredentials> Unreadable)> RewrapAsync(CancellationToken cancellationToken)
    {
        var rewrapped = 0;
        var unreadable = new List<UnreadableCredentials>();
        for (var (pass, missed) = (0, 1); pass < MostPasses && missed > 0; pass++)
        {
            missed = 0;
            unreadable.Clear();
            for (var batch = await keys.RewrapAsync(null, cancellationToken); batch.Last is not null; batch = await keys.RewrapAsync(batch.Last, cancellationToken))
            {
                rewrapped += batch.Rewrapped;
                missed += batch.Missed;
                unreadable.AddRange(batch.Unreadable);
            }
        }

        return (rewrapped, unreadable);
    }

    private static GatewayException Refusal(string code, string message) => new(new GatewayError(GatewayErrorKind.Conflict, code, message));
}
