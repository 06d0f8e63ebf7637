using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>The periods of <see cref="BudgetPeriod"/>, as tables and Redis have them.</summary>
internal static class BudgetPeriods
{
    public const string Total = BudgetPeriod.Total;

    /// <summary>The three periods of a column <c>created_at</c>, as rows.</summary>
    public const string Sql =
        "VALUES ('total'), (to_char(created_at AT TIME ZONE 'UTC', 'YYYY:MM')), (to_char(created_at AT TIME ZONE 'UTC', 'YYYY:MM:DD'))";

    /// <summary><c>daily</c>, <c>monthly</c> or <c>total</c>: what a period is one of.</summary>
    public static string KindOf(string period) => BudgetPeriod.KindOf(period).ToSnakeCase();

    public static string Month(DateTimeOffset at) => BudgetPeriod.Month(at);

    public static string Day(DateTimeOffset at) => BudgetPeriod.Day(at);
}
