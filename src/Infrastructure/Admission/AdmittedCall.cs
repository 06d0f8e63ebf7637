using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>A call that was let through, until it is known what it came to.</summary>
/// <param name="settled">Told how its budgets stand when it is settled.</param>
internal sealed class AdmittedCall(
    ClientCall call, HeldEntry entry, CallHold hold, HeldCalls held, LateSettlements late, GatewayMetrics metrics, TimeProvider clock,
    Action<ClientCall, IReadOnlyList<MeterScope>, IReadOnlyList<BudgetState>> settled) : Admittance
{
    // What cannot be settled in this time is settled behind the caller's back.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private int ended;

    public AdmittedCall CappedAt(long? cap) => new(call, entry, hold, held, late, metrics, clock, settled) { OutputCap = cap };

    public override ValueTask SettleAsync(Money cost, long? tokens) =>
        EndAsync(cost, tokens ?? hold.Tokens, free: cost == Money.Zero, release: false);

    public override ValueTask ReleaseAsync() => EndAsync(Money.Zero, 0, free: true, release: true);

    private async ValueTask EndAsync(Money cost, long tokens, bool free, bool release)
    {
        if (Interlocked.Exchange(ref ended, 1) == 1)
            return;

        if (entry.Budgets.Count > 0 && cost.NanoDollars > hold.Amount.NanoDollars)
            metrics.BudgetOverrun(new Money(cost.NanoDollars - hold.Amount.NanoDollars));

        var settlement = new MeterSettlement(entry.Call, hold.Owner, hold.Scopes, cost, tokens, hold.Tokens, hold.AdmittedAt);
        if (!entry.Settle(cost, free))
        {
            try
            {
                if (release)
                {
                    await hold.RatesIn.ReleaseAsync(settlement);
                }
                else
                {
                    var answer = await hold.RatesIn.SettleAsync(settlement);
                    settled(call, hold.Scopes, answer.Budgets);
                }

                held.Done(entry);
                return;
            }
            catch (Exception)
            {
                // Whatever it was, the call must not hold its budget for ever. It may have been settled all the same; settling it again changes nothing.
                _ = late.Add(entry, settlement, hold.RatesIn);
                return;
            }
        }

        await late.Add(entry, settlement, hold.RatesIn).WaitAsync(LongestWait, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>What a call was admitted with.</summary>
/// <param name="RatesIn">What counted it.</param>
/// <param name="Amount">What it holds of each budget.</param>
/// <param name="Tokens">What it counts as in windows of tokens.</param>
/// <param name="AdmittedAt"><see cref="MeterAnswer.Admitted.At"/>.</param>
internal sealed record CallHold(Guid Owner, IMeter RatesIn, IReadOnlyList<MeterScope> Scopes, Money Amount, long Tokens, long AdmittedAt);
