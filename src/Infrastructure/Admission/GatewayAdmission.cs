using System.Collections.Concurrent;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Asks whichever counter is agreed on. Where Redis is lost, rates are kept by each gateway for its share, and budgets by
/// the tables; where those are gone too, calls with a budget are refused.
/// </summary>
internal sealed partial class GatewayAdmission(
    GatewayInstance instance, MeteringCoordinator coordinator, EpochGate gate, MeterBooks books, BudgetBook book, CounterSeeds seeds, HeldCalls held,
    LateSettlements late, GatewayMetrics metrics, TimeProvider clock, ILogger<GatewayAdmission> logger) : IAdmission
{
    // Long enough for gateways to agree on another book after Redis or a gateway went.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);
    private const int MostAttempts = 6;

    // What a call of a key with a budget may answer when neither it nor the catalogue says: less than most models give, so that
    // no provider refuses it for being too much, and the call does not hold the whole budget while others wait.
    private const long UsualOutputCap = 4096;

    private readonly ConcurrentDictionary<(Guid, string), bool> warned = new();

    public async ValueTask<GatewayError?> AdmitAsync(ClientCall call, string model, CallNeeds needs, CancellationToken cancellationToken)
    {
        var scopes = MeterScopes.Of(call.Caller, call.Id.CreatedAt, withBudgets: needs.Cost is not null);
        if (needs.Cost is null && HasBudget(MeterScopes.Of(call.Caller, call.Id.CreatedAt, withBudgets: true)))
            return GatewayError.UnpricedModel(model);
        if (HasBudget(scopes))
            needs = needs with { OutputCap = needs.OutputCap ?? UsualOutputCap };

        var ask = new MeterAsk(call.Id.Value, instance.Id, Epoch: 0, RunId: null, needs.EstimatedTokens, RangeOf(needs), scopes);
        var entry = held.Begin(ask.Call, call.Id.CreatedAt);
        try
        {
            var refusal = scopes.Any(scope => scope.Budgets.Count > 0)
                ? await AdmitWithBudgetsAsync(call, entry, ask, cancellationToken)
                : await AdmitByRatesAsync(call, entry, ask);
            if (refusal is not null)
                held.Forget(ask.Call);
            return refusal;
        }
        catch
        {
            held.Forget(ask.Call);
            throw;
        }
    }

    private static bool HasBudget(IReadOnlyList<MeterScope> scopes) => scopes.Any(scope => scope.Budgets.Any(line => line.Limit is not null));

    private static CostRange RangeOf(CallNeeds needs)
    {
        if (needs.Cost is not { } cost)
            return default;

        // What no cap makes cheaper needs none.
        if (cost.PerOutputToken == 0)
            return new CostRange(cost.Of(0), cost.Of(0), Money.Zero, needs.OutputCap ?? long.MaxValue);

        var full = needs.OutputCap is { } cap ? cost.Of(cap) : new Money(long.MaxValue);
        return new CostRange(full, cost.Of(0), Money.Reserve(cost.PerOutputToken), needs.OutputCap ?? long.MaxValue);
    }

    private async Task<GatewayError?> AdmitByRatesAsync(ClientCall call, HeldEntry entry, MeterAsk ask)
    {
        var meter = books.Rates;
        if (meter != books.Local)
        {
            try
            {
                return Conclude(call, entry, ask, meter, await meter.AdmitAsync(ask), isDegraded: false);
            }
            catch (MeterUnavailableException away)
            {
                LogLocalShare(away.Message);
                coordinator.LookSoon();
            }
        }

        var share = ask with { Scopes = MeterScopes.ShareOf(ask.Scopes, coordinator.Replicas) };
        return Conclude(call, entry, share, books.Local, await books.Local.AdmitAsync(share), isDegraded: books.Redis is not null || coordinator.Replicas > 1);
    }

    private async Task<GatewayError?> AdmitWithBudgetsAsync(ClientCall call, HeldEntry entry, MeterAsk ask, CancellationToken cancellationToken)
    {
        var after = 0L;
        for (var attempt = 1; attempt <= MostAttempts; attempt++)
        {
            // Without the database no other book can be agreed on: there is nothing to wait for.
            if (after != 0)
            {
                await coordinator.LookNowAsync(cancellationToken);
                if (coordinator.IsLost)
                    break;
            }

            if (await gate.EnterAsync(LongestWait, cancellationToken, after) is not { } state)
                break;

            try
            {
                var verdict = await AskAsync(call, entry, ask with { Epoch = state.Epoch, RunId = state.RunId }, state, cancellationToken);
                if (verdict.IsFinal)
                    return verdict.Refusal;
                if (verdict.IsStale)
                    after = state.Epoch;
            }
            catch (MeterUnavailableException away)
            {
                LogAway(away.Message);
                coordinator.LookSoon();
                if (books.Redis is not null && !books.IsAnswering)
                    after = state.Epoch;   // the next epoch will be counted elsewhere
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(away.Message);
                break;
            }
            finally
            {
                gate.Leave();
            }
        }

        return GatewayError.BudgetUnavailable;
    }

    private async Task<Verdict> AskAsync(
        ClientCall call, HeldEntry entry, MeterAsk ask, BookState state, CancellationToken cancellationToken)
    {
        if (books.CounterFor(state.Book) is not { } counter)
            return await AdmitByTablesAsync(call, entry, ask, state, cancellationToken);

        switch (await counter.AdmitAsync(ask))
        {
            case MeterAnswer.Unseeded { Budgets: var budgets }:
                if (!await seeds.BeginAsync(counter, budgets, state.Epoch, cancellationToken))
                    coordinator.Distrust(state.Epoch);
                return Verdict.AskAgain;

            case MeterAnswer.WrongEpoch:
                coordinator.Distrust(state.Epoch);
                return Verdict.AskAgain;

            // Others may have gone on without this gateway while it waited for the answer, and have looked for what it holds too early to
            // see this. Where they have not, the meter knows the call when it is asked again.
            case MeterAnswer.Admitted when !gate.IsValid:
                return Verdict.AskAgain;

            case var answer:
                return Verdict.Of(Conclude(call, entry, ask, counter, answer, isDegraded: false));
        }
    }

    private async Task<Verdict> AdmitByTablesAsync(
        ClientCall call, HeldEntry entry, MeterAsk ask, BookState state, CancellationToken cancellationToken)
    {
        var lines = ask.Scopes.SelectMany(scope => scope.Budgets).ToList();
        var (rates, rateAsk, answer) = await AskRatesAsync(ask, state);
        if (answer is not MeterAnswer.Admitted admitted)
            return Verdict.Of(Conclude(call, entry, rateAsk, rates, answer, isDegraded: true));

        var begun = new MeterSettlement(ask.Call, ask.Owner, rateAsk.Scopes, Money.Zero, 0, ask.Tokens, admitted.At);
        BudgetFit? fit;
        try
        {
            fit = await book.ReserveAsync(ask.Epoch, ask.Call, call.Id.CreatedAt, ask.Owner, lines, ask.Cost, cancellationToken);
        }
        catch
        {
            await rates.ReleaseAsync(begun);
            throw;
        }

        if (fit is null)
        {
            await rates.ReleaseAsync(begun);
            return Verdict.NotInThisEpoch;
        }

        var states = Together(ask, admitted, fit);
        if (fit.Amount is not { } amount)
        {
            await rates.ReleaseAsync(begun);
            var scope = ask.Scopes.ToList().FindIndex(scope => scope.Id == lines[fit.Refusing].Key.ScopeId);
            var reason = fit.IsSpent ? DenialReason.BudgetSpent : DenialReason.BudgetReserved;
            var denied = new MeterAnswer.Denied(reason, scope, lines[fit.Refusing].Key.Period, fit.IsSpent ? null : TimeSpan.FromSeconds(1), states);
            return Verdict.Of(Conclude(call, entry, ask, rates, denied, isDegraded: true));
        }

        entry.Admitted(ask.Scopes, rates, amount, declared: true);
        Let(call, entry, ask, rates, amount, fit.Cap, admitted.At, states, isDegraded: true);
        return Verdict.Of(null);
    }

    private async Task<(IMeter Meter, MeterAsk Ask, MeterAnswer Answer)> AskRatesAsync(MeterAsk ask, BookState state)
    {
        var without = ask with { Scopes = [.. ask.Scopes.Select(scope => scope with { Budgets = [] })] };
        if (books.Rates is var meter && meter != books.Local)
        {
            try
            {
                return (meter, without, await meter.AdmitAsync(without));
            }
            catch (MeterUnavailableException away)
            {
                LogLocalShare(away.Message);
                coordinator.LookSoon();
            }
        }

        var share = ask with { Scopes = MeterScopes.ShareOf(ask.Scopes, state.Replicas) };
        return (books.Local, share, await books.Local.AdmitAsync(share));
    }

    private static IReadOnlyList<ScopeState> Together(MeterAsk ask, MeterAnswer.Admitted rates, BudgetFit fit)
    {
        var next = 0;
        return [.. ask.Scopes.Select((scope, i) => rates.Scopes[i] with { Budgets = [.. scope.Budgets.Select(_ => fit.States[next++])] })];
    }

    private GatewayError? Conclude(ClientCall call, HeldEntry entry, MeterAsk ask, IMeter meter, MeterAnswer answer, bool isDegraded)
    {
        switch (answer)
        {
            case MeterAnswer.Admitted admitted:
                entry.Admitted(ask.Scopes, meter, admitted.Held, declared: false);
                Let(call, entry, ask, meter, admitted.Held, admitted.Cap, admitted.At, admitted.Scopes, isDegraded);
                return null;

            case MeterAnswer.Denied denied:
                call.Allowance = Allowances.Of(call.Caller, ask.Scopes, denied.Scopes, isDegraded);
                return Denials.ErrorFor(denied.Reason, denied.Scope, denied.Budget, denied.RetryAfter);

            default:
                throw new InvalidOperationException($"A call without budgets was answered {answer.GetType().Name}.");
        }
    }

    private void Let(
        ClientCall call, HeldEntry entry, MeterAsk ask, IMeter meter, Money amount, long cap, long at, IReadOnlyList<ScopeState> states, bool isDegraded)
    {
        // Where no budget depends on it, the call goes out as it came.
        long? outputCap = ask.Cost.PerToken == Money.Zero || cap == long.MaxValue || !HasBudget(ask.Scopes) ? null : cap;
        var hold = new CallHold(ask.Owner, meter, ask.Scopes, amount, ask.Tokens, at);
        call.Admittance = new AdmittedCall(call, entry, hold, held, late, metrics, clock, Settled).CappedAt(outputCap);
        call.Allowance = Allowances.Of(call.Caller, ask.Scopes, states, isDegraded);
        held.Use(entry.Budgets);
        WarnOfSoftBudget(call);
    }

    private void Settled(ClientCall call, IReadOnlyList<MeterScope> scopes, IReadOnlyList<BudgetState> budgets)
    {
        if (call.Allowance is not { } allowance)
            return;

        call.Allowance = Allowances.WithBudgets(allowance, call.Caller, scopes, budgets);
        WarnOfSoftBudget(call);
    }

    private void WarnOfSoftBudget(ClientCall call)
    {
        if (call.Allowance?.SoftBudgetReached is { } reached && warned.TryAdd((call.Caller.Id.Value, BudgetPeriods.Month(call.Id.CreatedAt)), true))
            LogSoftBudget(call.Caller.Id.Value, call.Caller.Name, reached.Dollars);
    }

    [LoggerMessage(LogLevel.Warning, "Redis does not answer ({Reason}); rates are limited to this gateway's share")]
    private partial void LogLocalShare(string reason);

    [LoggerMessage(LogLevel.Warning, "Budgets could not be asked: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(LogLevel.Warning, "Key {KeyId} ({Name}) has reached its soft budget of ${Dollars} for this month")]
    private partial void LogSoftBudget(Guid keyId, string name, decimal dollars);

    /// <summary>What became of asking once.</summary>
    /// <param name="IsStale">Only a later epoch can answer.</param>
    private readonly record struct Verdict(bool IsFinal, GatewayError? Refusal, bool IsStale)
    {
        public static Verdict AskAgain => default;

        public static Verdict NotInThisEpoch => new(false, null, IsStale: true);

        public static Verdict Of(GatewayError? refusal) => new(true, refusal, false);
    }
}
