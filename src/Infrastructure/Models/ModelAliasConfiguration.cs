using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Models;

internal sealed class ModelAliasConfiguration : IEntityTypeConfiguration<ModelAlias>
{
    public void Configure(EntityTypeBuilder<ModelAlias> alias)
    {
        alias.ToTable("model_aliases", table => table.HasConfigurationTriggers());
        alias.HasKey(a => a.Id);
        alias.HasVersion();
        alias.Property(a => a.Id).HasConversion(id => id.Value, value => new ModelAliasId(value)).HasDefaultValueSql("gen_random_uuid()");
        alias.Property(a => a.TargetModelId).HasConversion(id => id.Value, value => new ModelId(value));
        alias.Property(a => a.ProviderId).HasConversion(id => id!.Value.Value, value => new ProviderId(value));
        alias.Property(a => a.Enabled).HasDefaultValue(true).HasSentinel(true);
        alias.Property(a => a.CreatedAt).HasDefaultValueSql("now()");

        // Deleting what an alias points at is refused: the alias goes first, by someone who means it.
        alias.HasOne<Model>().WithMany().HasForeignKey(a => a.TargetModelId).OnDelete(DeleteBehavior.Restrict);
        alias.HasOne<Provider>().WithMany().HasForeignKey(a => a.ProviderId).OnDelete(DeleteBehavior.Restrict);
        alias.HasIndex(a => a.Alias).IsUnique();
    }
}
