using System.Globalization;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// How the periods of budgets are called, in tables and in Redis: <c>2026:11</c> the month, <c>2026:11:21</c> the day,
/// <c>total</c> all time; days and months in UTC. A call belongs to those it began in, however long it runs.
/// </summary>
internal static class BudgetPeriods
{
    public const string Total = "total";

    /// <summary>The three periods of a column <c>created_at</c>, as rows.</summary>
    public const string Sql =
        "VALUES ('total'), (to_char(created_at AT TIME ZONE 'UTC', 'YYYY:MM')), (to_char(created_at AT TIME ZONE 'UTC', 'YYYY:MM:DD'))";

    /// <summary><c>daily</c>, <c>monthly</c> or <c>total</c>: what a period is one of.</summary>
    public static string KindOf(string period) => period.Length switch
    {
        7 => "monthly",
        10 => "daily",
        _ => Total,
    };

    public static string Month(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy':'MM", CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy':'MM':'dd", CultureInfo.InvariantCulture);
}
