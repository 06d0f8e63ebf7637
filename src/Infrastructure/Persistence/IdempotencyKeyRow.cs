using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>What a request that makes something was answered, kept for a day in case it comes again.</summary>
internal sealed class IdempotencyKeyRow
{
    /// <summary>Whose key it is: the admin token's id.</summary>
    public Guid ActorId { get; init; }
    public string Key { get; init; } = "";

    /// <summary>Lower-case hex SHA-256 of what was asked for.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>Sealed by the gateway's master key: answers hold secrets. Null: the request is under way.</summary>
    public string? EncryptedAnswer { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class IdempotencyKeyRowConfiguration : IEntityTypeConfiguration<IdempotencyKeyRow>
{
    public void Configure(EntityTypeBuilder<IdempotencyKeyRow> row)
    {
        row.ToTable("idempotency_keys");
        row.HasKey(r => new { r.ActorId, r.Key });
        row.Property(r => r.CreatedAt).HasDefaultValueSql("now()");
        row.HasIndex(r => r.CreatedAt);
    }
}
