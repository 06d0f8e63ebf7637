using CleanGateway.Application.Common;

namespace CleanGateway.Application.Admission;

/// <summary>
/// Waits, for some seconds, until every gateway that runs counts budgets in this epoch or a later one: then no call is
/// admitted any more by how budgets stood before it.
/// </summary>
/// <returns>Whether they do.</returns>
public sealed record AwaitBudgetEpoch(long Epoch) : IQuery<bool>;
