using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Models;

/// <summary>The rates behind a <c>price_version</c> of the ledger, so that a cost can be worked out again when they have changed.</summary>
internal sealed class PriceCardRow
{
    public string Version { get; init; } = "";

    /// <summary>JSON object: rates under the names of LiteLLM's catalogue.</summary>
    public string Rates { get; init; } = "{}";
    public DateTimeOffset FirstSeenAt { get; init; }
}

internal sealed class PriceCardRowConfiguration : IEntityTypeConfiguration<PriceCardRow>
{
    public void Configure(EntityTypeBuilder<PriceCardRow> card)
    {
        card.ToTable("price_cards");
        card.HasKey(c => c.Version);
        card.Property(c => c.Rates).HasColumnType("jsonb");
        card.Property(c => c.FirstSeenAt).HasDefaultValueSql("now()");
    }
}
