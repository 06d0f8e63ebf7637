using CleanGateway.Domain.AuditLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.AuditLog;

internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit_log", table => table.HasTrigger("audit_log_append_only"));
        entry.HasKey(e => e.Id);
        entry.Property(e => e.Id).UseIdentityAlwaysColumn();
        entry.Property(e => e.CreatedAt).HasDefaultValueSql("now()");
        entry.PrimitiveCollection(e => e.Changed).HasColumnType("text[]");
        entry.HasIndex(e => e.CreatedAt);
        entry.HasIndex(e => e.TargetId);
    }
}
