using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Providers;

internal sealed class ProviderConfiguration : IEntityTypeConfiguration<Provider>
{
    public void Configure(EntityTypeBuilder<Provider> provider)
    {
        provider.ToTable("providers", table =>
        {
            table.HasCheckConstraint("providers_config_check", "jsonb_typeof(config) = 'object'");
            table.HasCheckConstraint("providers_source_check", "source IN ('operator', 'environment')");
            table.HasConfigurationTriggers();
        });
        provider.HasKey(p => p.Id);
        provider.HasVersion();
        provider.Property(p => p.Id).HasConversion(id => id.Value, value => new ProviderId(value)).HasDefaultValueSql("gen_random_uuid()");
        provider.Property(p => p.Config).HasColumnType("jsonb").HasDefaultValueSql("'{}'::jsonb");
        provider.Property(p => p.Enabled).HasDefaultValue(true).HasSentinel(true);
        provider.Property(p => p.Source).HasDefaultValue(ProviderSource.Operator);
        provider.Property(p => p.CreatedAt).HasDefaultValueSql("now()");

        provider.HasIndex(p => p.Name).IsUnique();
    }
}
