using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Security;

/// <summary>A master key that has been used on this database: not the key, but what tells whether a gateway has the right one.</summary>
internal sealed class MasterKeyRow
{
    /// <summary><see cref="MasterKey.Id"/>.</summary>
    public string Id { get; init; } = "";

    /// <summary>1, 2, 3 …: the order in which keys came.</summary>
    public int Version { get; init; }

    /// <summary>Only the key itself makes it: nothing can be learned from it about the key.</summary>
    public string CheckValue { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it seals what is written; null: not yet, not every gateway has it.</summary>
    public DateTimeOffset? ActiveAt { get; init; }

    /// <summary>Since when nothing is sealed with it any more, so that it can be thrown away.</summary>
    public DateTimeOffset? RetiredAt { get; init; }
}

internal sealed class MasterKeyRowConfiguration : IEntityTypeConfiguration<MasterKeyRow>
{
    public void Configure(EntityTypeBuilder<MasterKeyRow> row)
    {
        row.ToTable("master_keys", table => table.HasConfigurationTriggers());
        row.HasKey(r => r.Id);
        row.Property(r => r.CreatedAt).HasDefaultValueSql("now()");
        row.HasIndex(r => r.Version).IsUnique();
    }
}
