using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace CleanGateway.Infrastructure.Security;

/// <summary>A master key that has been used on this database: not the key, but what tells whether a gateway has the right one.</summary>
internal sealed class MasterKeyRow
{
    /// <summary>All of them, oldest first, for <see cref="Read"/>.</summary>
    public const string Select = "SELECT id, version, check_value, active_at, retired_at FROM master_keys ORDER BY version";

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

    public static MasterKeyRow Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        Version = row.GetInt32(1),
        CheckValue = row.GetString(2),
        ActiveAt = row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3),
        RetiredAt = row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4),
    };
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
