using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Infrastructure.Persistence;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Admission;

internal sealed class ListBudgetAdjustmentsHandler(GatewayDbContext context) : IRequestHandler<ListBudgetAdjustments, Page<BudgetAdjustment>>
{
    public async Task<Page<BudgetAdjustment>> Handle(ListBudgetAdjustments query, CancellationToken cancellationToken)
    {
        var before = query.Page.After<Cursor>()?.Adjustment ?? long.MaxValue;
        var rows = await context.Set<BudgetAdjustmentRow>().AsNoTracking()
            .Where(row => row.ScopeId == query.Id && row.Id < before)
            .OrderByDescending(row => row.Id)
            .Take(query.Page.Limit + 1)
            .ToListAsync(cancellationToken);
        return Page.Of([.. rows.Select(ItemOf)], query.Page, item => new Cursor(item.Id));
    }

    internal static BudgetAdjustment ItemOf(BudgetAdjustmentRow row) =>
        new(row.Id, BudgetPeriods.KindOf(row.Period), row.Period, row.Amount, row.Reason, row.ActorName, row.CreatedAt);

    private sealed record Cursor(long Adjustment);
}
