using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>
/// The one row that tells every replica whether its configuration is the newest. Bumped once per transaction by
/// deferred triggers on the configuration tables, so raw SQL counts like anything else.
/// </summary>
internal sealed class ConfigVersion
{
    public bool Id { get; init; }
    public long Version { get; init; }

    /// <summary>The transaction that bumped it last, so that it does so once.</summary>
    public ulong? BumpedBy { get; init; }
    public DateTimeOffset ChangedAt { get; init; }
}

internal sealed class ConfigVersionConfiguration : IEntityTypeConfiguration<ConfigVersion>
{
    public void Configure(EntityTypeBuilder<ConfigVersion> version)
    {
        version.ToTable("config_version", table => table.HasCheckConstraint("config_version_id_check", "id"));
        version.HasKey(v => v.Id);
        version.Property(v => v.Id).HasDefaultValue(true).HasSentinel(true);
        version.Property(v => v.Version).HasDefaultValue(1L);
        version.Property(v => v.BumpedBy).HasColumnType("xid8");
        version.Property(v => v.ChangedAt).HasDefaultValueSql("now()");
    }
}

internal static class ConfigurationTriggers
{
    /// <summary>Changes of the table's rows bump <see cref="ConfigVersion"/>; truncating it does too.</summary>
    public static void HasConfigurationTriggers<T>(this TableBuilder<T> table) where T : class
    {
        table.HasTrigger($"{table.Name}_config_changed");
        table.HasTrigger($"{table.Name}_config_truncated");
    }
}
