using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Projects;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.ApiKeys;

internal sealed class ApiKeyConfiguration : IEntityTypeConfiguration<ApiKey>
{
    public void Configure(EntityTypeBuilder<ApiKey> key)
    {
        key.ToTable("api_keys", table =>
        {
            table.HasCheckConstraint("api_keys_key_hash_check", "key_hash ~ '^[0-9a-f]{64}$'");
            table.HasCheckConstraint("api_keys_previous_key_hash_check", "previous_key_hash ~ '^[0-9a-f]{64}$'");
            table.HasUsageLimits();
            table.HasCheckConstraint("api_keys_log_content_check", "log_content IN ('full', 'metadata', 'none')");
            table.HasConfigurationTriggers();
        });
        key.HasKey(k => k.Id);
        key.HasVersion();
        key.Property(k => k.Id).HasConversion(id => id.Value, value => new ApiKeyId(value)).HasDefaultValueSql("gen_random_uuid()");
        key.Property(k => k.Enabled).HasDefaultValue(true).HasSentinel(true);
        key.ComplexProperty(k => k.Limits, UsageLimitsMapping.Map);
        key.Property(k => k.ProjectId).HasConversion(id => id!.Value.Value, value => new ProjectId(value));
        key.Ignore(k => k.Project);
        key.HasOne<Project>().WithMany().HasForeignKey(k => k.ProjectId).OnDelete(DeleteBehavior.Restrict);
        key.Property(k => k.LogContent).HasColumnType("text").HasConversion(
            policy => policy!.Value.ToSnakeCase(), text => Enum.Parse<ContentPolicy>(text, ignoreCase: true));
        key.Property(k => k.DropParams).HasDefaultValue(false);
        key.PrimitiveCollection(k => k.AllowedModels).HasColumnType("text[]");
        key.Property(k => k.CreatedAt).HasDefaultValueSql("now()");

        key.HasIndex(k => k.KeyHash).IsUnique();
        key.HasIndex(k => k.PreviousKeyHash).IsUnique();
    }
}
