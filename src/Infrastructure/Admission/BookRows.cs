using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// What a key or a project has spent in a period, by the ledger and by adjustments: added to by the journal, in the statement
/// that writes the ledger lines it sums up, and by <see cref="BudgetAdjustments"/>.
/// </summary>
internal sealed class BudgetRow
{
    /// <summary>The key's or the project's id.</summary>
    public Guid ScopeId { get; init; }

    /// <summary><c>2026:11</c>, <c>2026:11:21</c> or <c>total</c>.</summary>
    public string Period { get; init; } = "";

    /// <summary>US dollars of the calls whose cost is known, and of adjustments; never below zero.</summary>
    public decimal Spent { get; init; }

    /// <summary>The epoch in which the counter in memory or in Redis was begun from this row.</summary>
    public long? SeededEpoch { get; init; }
}

/// <summary>
/// A call's hold on a budget, as long as the ledger does not know what it cost. Written where the counters that
/// usually hold it were lost or cannot be used.
/// </summary>
internal sealed class BudgetReservationRow
{
    public string RequestId { get; init; } = "";
    public Guid ScopeId { get; init; }
    public string Period { get; init; } = "";

    /// <summary>US dollars: the most the call can cost, or, once it has ended, what it did.</summary>
    public decimal Amount { get; init; }
    public bool Settled { get; init; }

    /// <summary>The gateway that answers the call.</summary>
    public Guid Owner { get; init; }

    /// <summary>When the call began; with <see cref="RequestId"/> the ledger line's key.</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A gateway on this database, as of its last heartbeat.</summary>
internal sealed class GatewayInstanceRow
{
    /// <summary>The ids of the master keys it holds, the one it seals with first; null: one of a version that did not say.</summary>
    public IReadOnlyList<string>? MasterKeys { get; init; }

    public Guid Id { get; init; }
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>By the database's clock.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>The epoch that it admits calls in: everything it held in earlier ones is in the tables.</summary>
    public long Epoch { get; init; }

    /// <summary>Whether its Redis answers; null when it has none.</summary>
    public bool? Redis { get; init; }
}

/// <summary>The one row that tells every gateway where budgets are counted.</summary>
internal sealed class MeteringRow
{
    public bool Id { get; init; }

    /// <summary>One more each time the counters are begun anew.</summary>
    public long Epoch { get; init; }

    /// <summary><c>local</c>, <c>redis</c> or <c>database</c>.</summary>
    public string Book { get; init; } = "";

    /// <summary>The run of the Redis server that the counters of this epoch are in.</summary>
    public string? RedisRunId { get; init; }
    public DateTimeOffset ChangedAt { get; init; }
}

internal sealed class BudgetRowConfiguration : IEntityTypeConfiguration<BudgetRow>
{
    public void Configure(EntityTypeBuilder<BudgetRow> budget)
    {
        budget.ToTable("budgets");
        budget.HasKey(b => new { b.ScopeId, b.Period });
        budget.Property(b => b.Spent).HasColumnType("numeric(20,9)").HasDefaultValue(0m);
    }
}

internal sealed class BudgetReservationRowConfiguration : IEntityTypeConfiguration<BudgetReservationRow>
{
    public void Configure(EntityTypeBuilder<BudgetReservationRow> reservation)
    {
        reservation.ToTable("budget_reservations");
        reservation.HasKey(r => new { r.RequestId, r.ScopeId, r.Period });
        reservation.Property(r => r.Amount).HasColumnType("numeric(20,9)");
        reservation.Property(r => r.Settled).HasDefaultValue(false);
        reservation.HasIndex(r => new { r.ScopeId, r.Period });
        reservation.HasIndex(r => r.Owner);
    }
}

internal sealed class GatewayInstanceRowConfiguration : IEntityTypeConfiguration<GatewayInstanceRow>
{
    public void Configure(EntityTypeBuilder<GatewayInstanceRow> instance)
    {
        instance.ToTable("gateway_instances");
        instance.HasKey(i => i.Id);
        instance.Property(i => i.Id).ValueGeneratedNever();
        instance.PrimitiveCollection(i => i.MasterKeys).HasColumnType("text[]");
        instance.Property(i => i.StartedAt).HasDefaultValueSql("now()");
        instance.Property(i => i.SeenAt).HasDefaultValueSql("now()");
    }
}

internal sealed class MeteringRowConfiguration : IEntityTypeConfiguration<MeteringRow>
{
    public void Configure(EntityTypeBuilder<MeteringRow> metering)
    {
        metering.ToTable("metering", table =>
        {
            table.HasCheckConstraint("metering_id_check", "id");
            table.HasCheckConstraint("metering_book_check", "book IN ('local', 'redis', 'database')");
        });
        metering.HasKey(m => m.Id);
        metering.Property(m => m.Id).HasDefaultValue(true).HasSentinel(true);
        metering.Property(m => m.Epoch).HasDefaultValue(1L);
        metering.Property(m => m.Book).HasDefaultValue("local");
        metering.Property(m => m.ChangedAt).HasDefaultValueSql("now()");
    }
}
