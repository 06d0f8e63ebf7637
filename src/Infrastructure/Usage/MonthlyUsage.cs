using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Usage;

/// <summary>
/// What a key used in a calendar month (UTC). Added to by the journal only, in the statement that writes the ledger
/// lines it sums up.
/// </summary>
internal sealed class MonthlyUsage
{
    public Guid ApiKeyId { get; init; }
    public int Year { get; init; }
    public int Month { get; init; }
    public long TotalRequests { get; init; }
    public long PromptTokens { get; init; }
    public long CompletionTokens { get; init; }
    public long TotalTokens { get; init; }

    /// <summary>Of the requests whose cost is known.</summary>
    public decimal TotalCostUsd { get; init; }

    /// <summary>Requests whose cost is not in <see cref="TotalCostUsd"/> because it is not known.</summary>
    public long UnpricedRequests { get; init; }
}

internal sealed class MonthlyUsageConfiguration : IEntityTypeConfiguration<MonthlyUsage>
{
    public void Configure(EntityTypeBuilder<MonthlyUsage> usage)
    {
        usage.ToTable("monthly_usage_summary", table => table.HasCheckConstraint("monthly_usage_summary_month_check", "month BETWEEN 1 AND 12"));
        usage.HasKey(u => new { u.ApiKeyId, u.Year, u.Month });
        usage.Property(u => u.TotalRequests).HasDefaultValue(0L);
        usage.Property(u => u.PromptTokens).HasDefaultValue(0L);
        usage.Property(u => u.CompletionTokens).HasDefaultValue(0L);
        usage.Property(u => u.TotalTokens).HasDefaultValue(0L);
        usage.Property(u => u.TotalCostUsd).HasColumnType("numeric(20,9)").HasDefaultValue(0m);
        usage.Property(u => u.UnpricedRequests).HasDefaultValue(0L);
    }
}
