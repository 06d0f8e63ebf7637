using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.AuditLog;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Puts budgets right in the book itself, which is <c>budgets.spent</c>, and in the same transaction begins the next epoch: every
/// counter, wherever it is, then begins anew from the book. Nothing has to be told to a counter, so nothing can get lost
/// between the two.
/// </summary>
internal sealed class BudgetAdjustments(GatewayDbContext context, AuditTrail audit, Operation operation) : IBudgetAdjustments
{
    // As limits: what would be beyond is a mistake.
    private const decimal MaxSpent = 1_000_000_000;

    public async Task<AdjustedBudget> AdjustAsync(
        Guid scope, string period, Func<decimal, decimal> amount, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var transaction = context.Database.CurrentTransaction is null
            ? await context.Database.BeginTransactionAsync(cancellationToken)
            : null;
        var name = await NameAsync(scope, cancellationToken);
        var before = await LockAsync(scope, period, cancellationToken);
        var row = new BudgetAdjustmentRow
        {
            ScopeId = scope,
            Period = period,
            Amount = amount(before),
            Reason = operation.Reason!,
            ActorName = operation.Actor.Name,
            CreatedAt = now,
        };
        var after = before + row.Amount;
        if (after is < 0 or > MaxSpent)
            throw new GatewayException(OutOfRange(period, before, row.Amount));

        await context.Database.ExecuteSqlAsync(
            $"UPDATE budgets SET spent = {after} WHERE scope_id = {scope} AND period = {period}", cancellationToken);
        var epoch = (await context.Database.SqlQuery<long>(
            $"UPDATE metering SET epoch = epoch + 1, changed_at = now() RETURNING epoch AS \"Value\"").ToListAsync(cancellationToken)).Single();

        context.Add(row);
        context.AuditLog.Add(audit.Of(new AuditedChange(
            "budget", scope.ToString(), $"{name} {period}", ["spent"], AuditTrail.HashOf("spent", before), AuditTrail.HashOf("spent", after))));
        await context.SaveChangesAsync(cancellationToken);
        if (transaction is not null)
            await transaction.CommitAsync(cancellationToken);

        return new AdjustedBudget(ListBudgetAdjustmentsHandler.ItemOf(row), after, epoch);
    }

    private async Task<string> NameAsync(Guid scope, CancellationToken cancellationToken) =>
        await context.Database.SqlQuery<string>(
            $"""
            SELECT name AS "Value" FROM api_keys WHERE id = {scope} UNION ALL SELECT name FROM projects WHERE id = {scope}
            """).FirstOrDefaultAsync(cancellationToken)
        ?? throw new GatewayException(GatewayError.NotFound("key_or_project", scope.ToString()));

    // Whoever writes to the ledger, or begins a counter, waits for this row; what is read is what was committed before.
    private async Task<decimal> LockAsync(Guid scope, string period, CancellationToken cancellationToken)
    {
        await context.Database.ExecuteSqlAsync(
            $"INSERT INTO budgets (scope_id, period) VALUES ({scope}, {period}) ON CONFLICT DO NOTHING", cancellationToken);
        var spent = context.Database.SqlQuery<decimal>(
            $"SELECT spent AS \"Value\" FROM budgets WHERE scope_id = {scope} AND period = {period} FOR UPDATE");
        return (await spent.ToListAsync(cancellationToken)).Single();
    }

    private static GatewayError OutOfRange(string period, decimal spent, decimal amount) => new(
        GatewayErrorKind.Conflict, "budget_out_of_range",
        FormattableString.Invariant($"{spent:0.#########} dollars of {period} are spent by the ledger and earlier adjustments: ")
            + FormattableString.Invariant($"with {amount:0.#########} more that would not be 0 to {MaxSpent:0}. ")
            + "To give more than is spent, raise the limit.",
        "amount");
}
