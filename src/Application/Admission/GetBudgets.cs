using CleanGateway.Application.Common;

namespace CleanGateway.Application.Admission;

/// <summary>How the budgets of a key or a project stand.</summary>
public sealed record GetBudgets(Guid Id) : IQuery<ScopeBudgets>;

/// <param name="Scope"><c>key</c> or <c>project</c>.</param>
/// <param name="CountedIn">Where: <c>local</c>, <c>redis</c> or <c>database</c>.</param>
/// <param name="Exact">False: the counter could not be asked, and this is what the ledger says.</param>
public sealed record ScopeBudgets(Guid Id, string Scope, string Name, string CountedIn, bool Exact, IReadOnlyList<BudgetStanding> Budgets);

/// <summary>US dollars.</summary>
/// <param name="Kind"><c>daily</c>, <c>monthly</c> or <c>total</c>.</param>
/// <param name="Period"><c>2026:11:21</c>, <c>2026:11</c> or <c>total</c>.</param>
/// <param name="Limit">Null: there is none, the budget is soft.</param>
/// <param name="Reserved">What calls under way hold.</param>
/// <param name="Remaining">What is neither spent nor reserved; null without a limit.</param>
/// <param name="SoftLimit">From which on there are warnings.</param>
public sealed record BudgetStanding(
    string Kind, string Period, decimal? Limit, decimal Spent, decimal Reserved, decimal? Remaining, decimal? SoftLimit);
