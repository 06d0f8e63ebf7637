using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Counts what keys and projects use. Each of its operations happens whole or not at all, and happens once however
/// often it is asked for: calls are known by their request ids. There is one in memory, and one in Redis that several
/// gateways share; what they answer is the same.
/// </summary>
internal interface IMeter
{
    /// <summary>Admits a call to all of its scopes or to none. One that is not admitted leaves no trace.</summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time. The call may have been admitted all the same.</exception>
    ValueTask<MeterAnswer> AdmitAsync(MeterAsk ask);

    /// <summary>Ends a call that was admitted: what it held becomes what it cost. A call that is not held any more changes nothing.</summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time. It may have been settled all the same.</exception>
    ValueTask<SettleAnswer> SettleAsync(MeterSettlement settlement);

    /// <summary>Undoes an admission, its place in the rate window too: the call never went upstream.</summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time.</exception>
    ValueTask ReleaseAsync(MeterSettlement settlement);

    /// <summary>Says that these calls are still under way, so that the places they take among the concurrent ones are kept.</summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time.</exception>
    ValueTask RenewAsync(IReadOnlyList<MeterHold> calls);

    /// <summary>Begins a budget's counter for the epoch, with what the books say. One that has begun already is left alone.</summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time.</exception>
    ValueTask SeedAsync(MeterSeed seed);

    /// <summary>
    /// Makes what was spent at least this: the ledger knows of calls that the counter does not. Not while anything is held:
    /// a call can be in the ledger already that is about to be settled here, and would count twice.
    /// </summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time.</exception>
    ValueTask RaiseAsync(long epoch, BudgetKey budget, Money spent);

    /// <summary>What the counter says; null when it has not begun in this epoch.</summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time.</exception>
    ValueTask<BudgetState?> ReadAsync(long epoch, BudgetKey budget);

    /// <summary>What calls of one gateway hold of budgets.</summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time.</exception>
    ValueTask<IReadOnlyList<HeldCall>> HeldByAsync(Guid owner);

    /// <summary>
    /// A call whose gateway is gone and of which the ledger knows nothing: from now on what it held counts as spent,
    /// until it is settled after all.
    /// </summary>
    /// <exception cref="MeterUnavailableException">No answer, or not in time.</exception>
    ValueTask ExpireAsync(Guid owner, string call);
}

/// <summary>The meter did not answer in time, or not at all; what was asked may have happened.</summary>
internal sealed class MeterUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>One budget of a key or project in one period.</summary>
/// <param name="Period">As <see cref="BudgetPeriods"/> writes it.</param>
internal readonly record struct BudgetKey(Guid ScopeId, string Period);

/// <summary>A budget that a call has to fit in.</summary>
/// <param name="Limit">Null: it is only counted, for a warning.</param>
internal sealed record BudgetLine(BudgetKey Key, Money? Limit);

/// <summary>What one scope, a key or a project, lets through.</summary>
/// <param name="Requests">In any window; null is no limit, 0 none at all.</param>
/// <param name="Tokens">In any window.</param>
/// <param name="Concurrent">At one time.</param>
internal sealed record MeterScope(Guid Id, int? Requests, long? Tokens, int? Concurrent, IReadOnlyList<BudgetLine> Budgets);

/// <summary>A call that asks to be admitted.</summary>
/// <param name="Owner">The gateway that answers it.</param>
/// <param name="Epoch">The epoch of budgets that it believes in.</param>
/// <param name="RunId">The run of the Redis server that has this epoch's counters; null for the meter in memory.</param>
/// <param name="Tokens">What it is counted as in windows of tokens until it is settled.</param>
/// <param name="Cost">What it may cost.</param>
/// <param name="Scopes">The key; its project, if it has one.</param>
internal sealed record MeterAsk(
    string Call, Guid Owner, long Epoch, string? RunId, long Tokens, CostRange Cost, IReadOnlyList<MeterScope> Scopes);

/// <summary>The most a call can cost, and what becomes of that when its output is capped.</summary>
/// <param name="Full">As it was asked. Where it asked for no cap it counts only when <paramref name="PerToken"/> is zero.</param>
/// <param name="Fixed">The part that no cap changes, rounded up.</param>
/// <param name="PerToken">What each token of the output cap adds, for all choices together, rounded up.</param>
/// <param name="Cap">The output cap that <paramref name="Full"/> stands for; <c>long.MaxValue</c> where there is none yet.</param>
internal readonly record struct CostRange(Money Full, Money Fixed, Money PerToken, long Cap);

/// <summary>What the meter has to say to a call.</summary>
internal abstract record MeterAnswer
{
    private MeterAnswer() { }

    /// <param name="Held">What it holds of each of its budgets.</param>
    /// <param name="Cap">
    /// The output cap that it must keep to; <see cref="CostRange.Cap"/> when that fitted. Where it asked for none and no budget
    /// has a limit, it needs none, and holds <see cref="CostRange.Fixed"/>.
    /// </param>
    /// <param name="At">When, in microseconds of the meter's own clock.</param>
    /// <param name="Scopes">How the scopes stand now, in the order they were asked.</param>
    public sealed record Admitted(Money Held, long Cap, long At, IReadOnlyList<ScopeState> Scopes) : MeterAnswer;

    /// <param name="Scope">The place in the ask of the scope that refused.</param>
    /// <param name="Budget">Which of its budgets, where it was one.</param>
    /// <param name="RetryAfter">When it may be worth another try; null when only the calendar helps.</param>
    public sealed record Denied(DenialReason Reason, int Scope, string? Budget, TimeSpan? RetryAfter, IReadOnlyList<ScopeState> Scopes) : MeterAnswer;

    /// <summary>These counters have not begun in this epoch: they have to be seeded before anyone is admitted.</summary>
    public sealed record Unseeded(IReadOnlyList<BudgetKey> Budgets) : MeterAnswer;

    /// <summary>The counters are of another epoch, or of another run of the server: all of them have to begin anew.</summary>
    public sealed record WrongEpoch : MeterAnswer;
}

/// <summary>Why a call was not admitted. In this order of precedence where several hold.</summary>
internal enum DenialReason
{
    /// <summary>What has been spent leaves no room even for one token of output.</summary>
    BudgetSpent,
    RequestRate,
    TokenRate,
    Concurrency,

    /// <summary>There would be room if calls under way did not hold it.</summary>
    BudgetReserved,
}

/// <summary>How one scope stands.</summary>
/// <param name="RequestsLeft">Null when requests are not limited; so are the others.</param>
/// <param name="RequestsReset">Until the window is as empty as if nobody had called.</param>
/// <param name="TokensReset">The same for tokens.</param>
/// <param name="Budgets">In the order they were asked.</param>
internal sealed record ScopeState(
    long? RequestsLeft, TimeSpan RequestsReset, long? TokensLeft, TimeSpan TokensReset, IReadOnlyList<BudgetState> Budgets);

/// <summary>How one budget stands.</summary>
internal readonly record struct BudgetState(Money Spent, Money Reserved);

/// <summary>A call and the scopes that it was admitted to.</summary>
internal sealed record MeterHold(string Call, IReadOnlyList<MeterScope> Scopes);

/// <summary>How a call that was admitted has ended.</summary>
/// <param name="Scopes">As they were when it was admitted.</param>
/// <param name="Cost">What it cost.</param>
/// <param name="Tokens">What it used.</param>
/// <param name="ReservedTokens">What it was counted as until now.</param>
/// <param name="AdmittedAt"><see cref="MeterAnswer.Admitted.At"/>.</param>
internal sealed record MeterSettlement(
    string Call, Guid Owner, IReadOnlyList<MeterScope> Scopes, Money Cost, long Tokens, long ReservedTokens, long AdmittedAt);

/// <param name="Known">False: the counters, as they are now, do not hold this call of any budget (any more).</param>
/// <param name="Budgets">
/// How the budgets of the settlement's scopes stand now, one for each in their order; zero for one that it was not held of;
/// empty when not known.
/// </param>
internal sealed record SettleAnswer(bool Known, IReadOnlyList<BudgetState> Budgets);

/// <summary>What the books say of a budget as its counter begins.</summary>
/// <param name="Spent">Including calls that have ended and are not in the ledger yet.</param>
/// <param name="Held">Calls that are still under way.</param>
/// <param name="EndsAt">When the counter is of no use to anyone any more; null: never.</param>
internal sealed record MeterSeed(long Epoch, BudgetKey Budget, Money Spent, IReadOnlyList<SeededHold> Held, DateTimeOffset? EndsAt);

/// <param name="Amount">What it holds.</param>
internal sealed record SeededHold(string Call, Guid Owner, Money Amount, DateTimeOffset Since);

/// <param name="Expired">It counts as spent already.</param>
internal sealed record HeldCall(string Call, Money Amount, DateTimeOffset Since, IReadOnlyList<BudgetKey> Budgets, bool Expired);
