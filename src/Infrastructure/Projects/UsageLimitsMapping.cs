using CleanGateway.Domain.Usage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace CleanGateway.Infrastructure.Projects;

/// <summary>The columns of <see cref="UsageLimits"/>, which keys and projects both have.</summary>
internal static class UsageLimitsMapping
{
    // Also keeps out NaN, which PostgreSQL sorts above every number.
    private const string Dollars = "BETWEEN 0 AND 1000000000";

    /// <summary>In the order in which <see cref="Read"/> takes them.</summary>
    public const string Columns = "rate_limit, tokens_per_minute, max_concurrent, daily_budget, monthly_budget, total_budget, soft_budget";

    /// <summary>The same, of a table among others.</summary>
    public static string ColumnsOf(string table) => string.Join(", ", Columns.Split(", ").Select(column => $"{table}.{column}"));

    public static void Map(ComplexPropertyBuilder<UsageLimits> limits)
    {
        limits.Ignore(l => l.IsNone);
        limits.Property(l => l.DailyBudget).HasColumnType("numeric");
        limits.Property(l => l.MonthlyBudget).HasColumnType("numeric");
        limits.Property(l => l.TotalBudget).HasColumnType("numeric");
        limits.Property(l => l.SoftBudget).HasColumnType("numeric");
    }

    public static void HasUsageLimits<T>(this TableBuilder<T> table) where T : class
    {
        foreach (var count in (string[])["rate_limit", "tokens_per_minute", "max_concurrent"])
            table.HasCheckConstraint($"{table.Name}_{count}_check", $"{count} >= 0");
        foreach (var budget in (string[])["daily_budget", "monthly_budget", "total_budget", "soft_budget"])
            table.HasCheckConstraint($"{table.Name}_{budget}_check", $"{budget} {Dollars}");
    }

    /// <param name="first">Where <see cref="Columns"/> begin.</param>
    public static UsageLimits Read(NpgsqlDataReader row, int first)
    {
        return new UsageLimits
        {
            RateLimit = Value<int>(0),
            TokensPerMinute = Value<long>(1),
            MaxConcurrent = Value<int>(2),
            DailyBudget = Value<decimal>(3),
            MonthlyBudget = Value<decimal>(4),
            TotalBudget = Value<decimal>(5),
            SoftBudget = Value<decimal>(6),
        };

        T? Value<T>(int column) where T : struct => row.IsDBNull(first + column) ? null : row.GetFieldValue<T>(first + column);
    }
}
