using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Usage;

// No foreign keys: the ledger outlives the keys, models and providers it speaks of.
internal sealed class UsageRecordConfiguration : IEntityTypeConfiguration<UsageRecord>
{
    public void Configure(EntityTypeBuilder<UsageRecord> record)
    {
        record.ToTable("usage_records", table => table.HasCheckConstraint(
            "usage_records_total_cost_usd_check", "(total_cost_usd IS NULL) = (unpriced_reason IS NOT NULL)"));
        record.IsPartitionedBy("created_at");
        record.HasKey(r => new { r.Id, r.CreatedAt });
        record.Property(r => r.Id).HasDefaultValueSql("nextval('usage_records_id_seq')");
        record.Property(r => r.ApiKeyId).HasConversion(id => id.Value, value => new ApiKeyId(value));
        record.Property(r => r.ProviderId).HasConversion(id => id.Value, value => new ProviderId(value));
        record.Property(r => r.ProjectId).HasConversion(id => id!.Value.Value, value => new ProjectId(value));
        record.Property(r => r.UsageDetails).HasColumnType("jsonb");
        record.Property(r => r.TotalCostUsd).HasColumnType("numeric(20,9)");

        record.HasIndex(r => new { r.RequestId, r.CreatedAt }).IsUnique();
        record.HasIndex(r => new { r.ApiKeyId, r.CreatedAt });
        record.HasIndex(r => new { r.ProjectId, r.CreatedAt });
    }
}
