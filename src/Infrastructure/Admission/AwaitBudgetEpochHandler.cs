using CleanGateway.Application.Admission;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Npgsql;

namespace CleanGateway.Infrastructure.Admission;

internal sealed class AwaitBudgetEpochHandler(GatewayDatabase database, MeteringCoordinator coordinator, EpochGate gate, TimeProvider clock)
    : IRequestHandler<AwaitBudgetEpoch, bool>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public async Task<bool> Handle(AwaitBudgetEpoch query, CancellationToken cancellationToken)
    {
        coordinator.LookSoon();   // the others do within a second
        var started = clock.GetTimestamp();
        while (!IsJoined(query.Epoch) || !await HaveAllJoinedAsync(query.Epoch, cancellationToken))
        {
            if (clock.GetElapsedTime(started) > Patience)
                return false;

            await Task.Delay(Interval, clock, cancellationToken);
        }

        return true;
    }

    // A command has no coordinator at work, and counts nothing.
    private bool IsJoined(long epoch) => coordinator.ExecuteTask is null || gate.Open?.Epoch >= epoch;

    private async Task<bool> HaveAllJoinedAsync(long epoch, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "SELECT NOT EXISTS (SELECT FROM gateway_instances WHERE epoch < $1 AND seen_at > now() - $2)", connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = epoch });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = GatewayRegistry.DeadAfter });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
