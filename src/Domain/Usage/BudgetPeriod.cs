using System.Globalization;

namespace CleanGateway.Domain.Usage;

/// <summary>How often a budget begins anew.</summary>
public enum BudgetKind
{
    /// <summary>Each day, in UTC.</summary>
    Daily,

    /// <summary>Each calendar month, in UTC.</summary>
    Monthly,

    /// <summary>Never.</summary>
    Total,
}

/// <summary>
/// How the periods of budgets are called: <c>2026:11</c> the month, <c>2026:11:21</c> the day, <c>total</c> all time; days and
/// months in UTC. A call belongs to those it began in, however long it runs.
/// </summary>
public static class BudgetPeriod
{
    public const string Total = "total";

    private const string MonthForm = "yyyy':'MM";
    private const string DayForm = "yyyy':'MM':'dd";

    public static string Month(DateTimeOffset at) => at.UtcDateTime.ToString(MonthForm, CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString(DayForm, CultureInfo.InvariantCulture);

    /// <summary>The period of this kind that a moment belongs to.</summary>
    public static string Of(BudgetKind kind, DateTimeOffset at) => kind switch
    {
        BudgetKind.Daily => Day(at),
        BudgetKind.Monthly => Month(at),
        _ => Total,
    };

    /// <summary>What a period, as it is called, is one of.</summary>
    public static BudgetKind KindOf(string period) => period.Length switch
    {
        7 => BudgetKind.Monthly,
        10 => BudgetKind.Daily,
        _ => BudgetKind.Total,
    };

    /// <summary>When a period begins; the earliest moment there is for all time. Null: no period is called that.</summary>
    public static DateTimeOffset? BeginOf(string period)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (period == Total)
            return DateTimeOffset.MinValue;

        return DateTimeOffset.TryParseExact(period, DayForm, CultureInfo.InvariantCulture, Utc, out var begin)
            || DateTimeOffset.TryParseExact(period, MonthForm, CultureInfo.InvariantCulture, Utc, out begin)
                ? begin
                : null;
    }
}
