using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// What an operator has added to, or taken from, what is counted as spent of a budget. The ledger itself is never changed:
/// what a budget has spent is the sum of its lines and of these.
/// </summary>
internal sealed class BudgetAdjustmentRow
{
    public long Id { get; init; }
    public Guid ScopeId { get; init; }

    /// <summary>As in <c>budgets</c>.</summary>
    public string Period { get; init; } = "";

    /// <summary>US dollars, in whole nano-dollars; below zero gives budget back.</summary>
    public decimal Amount { get; init; }
    public string Reason { get; init; } = "";
    public string ActorName { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class BudgetAdjustmentRowConfiguration : IEntityTypeConfiguration<BudgetAdjustmentRow>
{
    public void Configure(EntityTypeBuilder<BudgetAdjustmentRow> row)
    {
        row.ToTable("budget_adjustments");
        row.HasKey(r => r.Id);
        row.Property(r => r.Id).UseIdentityAlwaysColumn();
        row.Property(r => r.Amount).HasColumnType("numeric(20,9)");
        row.Property(r => r.CreatedAt).HasDefaultValueSql("now()");
        row.HasIndex(r => new { r.ScopeId, r.Period });
    }
}
