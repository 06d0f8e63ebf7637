using CleanGateway.Domain.RequestLogs;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Speaks for gateways that have died when counters begin anew: what their calls held is looked up in Redis and declared in
/// their place. What nobody can look up is waited for: the gateway may come back, and then its own journal tells.
/// </summary>
internal sealed partial class AbsentGateways(BudgetBook book, GatewayRegistry registry, MeterBooks books, ILogger<AbsentGateways> logger)
{
    private (Guid Gateway, long Epoch) told;

    /// <returns>Whether all that they held is in the tables, or given up; if not, it has to be asked again.</returns>
    public async Task<bool> SpeakForAsync(Agreement agreement, CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var absent in agreement.Dead.Where(absent => absent.Epoch != agreement.Epoch))
            all &= await SpeakForAsync(absent, agreement.Epoch, cancellationToken);

        return all;
    }

    private async Task<bool> SpeakForAsync(Replica absent, long epoch, CancellationToken cancellationToken)
    {
        // One without Redis held what it held in the tables, or in its memory; one that has joined no epoch held nothing.
        IReadOnlyList<HeldCall>? left = absent.Redis is null || absent.Epoch == 0 ? [] : null;
        if (left is null && books.Holds is { } holds)
            left = await holds.LeftByAsync(absent.Id, absent.Epoch);
        if (left is null)
            return !absent.MayReturn ? await GiveUpAsync(absent, cancellationToken) : Wait(absent, epoch);

        var calls = left.Select(call => new Declaration(
            call.Call, RequestId.TryParse(call.Call, out var id) ? id.CreatedAt : call.Since, call.Budgets, call.Amount, call.Expired)).ToList();
        if (!await book.DeclareForAsync(absent, epoch, calls, cancellationToken))
            return false;

        if (calls.Count > 0)
            LogDeclared(calls.Count, absent.Id);
        return true;
    }

    private bool Wait(Replica absent, long epoch)
    {
        if (told != (absent.Id, epoch))
            LogWaiting(absent.Id);
        told = (absent.Id, epoch);
        return false;
    }

    // Should it come back after all, it is a stranger, who has to write first what it had left behind.
    private async Task<bool> GiveUpAsync(Replica absent, CancellationToken cancellationToken)
    {
        if (!await registry.RemoveDeadAsync(absent, cancellationToken))
            return false;

        LogGivenUp(absent.Id);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Gateway {Gateway} has died, and what its calls held of budgets is not known without Redis: it is waited for")]
    private partial void LogWaiting(Guid gateway);

    [LoggerMessage(LogLevel.Error, "Gateway {Gateway} has died and has not come back: budgets can be overrun by what its last calls cost")]
    private partial void LogGivenUp(Guid gateway);

    [LoggerMessage(LogLevel.Information, "What {Count} calls of gateway {Gateway}, which has died, held of budgets stays reserved")]
    private partial void LogDeclared(int count, Guid gateway);
}
