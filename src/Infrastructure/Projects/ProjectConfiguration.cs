using CleanGateway.Domain.Projects;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Projects;

internal sealed class ProjectConfiguration : IEntityTypeConfiguration<Project>
{
    public void Configure(EntityTypeBuilder<Project> project)
    {
        project.ToTable("projects", table =>
        {
            table.HasUsageLimits();
            table.HasConfigurationTriggers();
        });
        project.HasKey(p => p.Id);
        project.HasVersion();
        project.Property(p => p.Id).HasConversion(id => id.Value, value => new ProjectId(value)).HasDefaultValueSql("gen_random_uuid()");
        project.Property(p => p.Enabled).HasDefaultValue(true).HasSentinel(true);
        project.ComplexProperty(p => p.Limits, UsageLimitsMapping.Map);
        project.Property(p => p.CreatedAt).HasDefaultValueSql("now()");

        project.HasIndex(p => p.Name).IsUnique();
    }
}
