using System.Globalization;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>Begins counters of budgets from the books.</summary>
internal sealed class CounterSeeds(BudgetBook book)
{
    // For late calls, and for whoever looks back.
    private const int DaysKept = 40;

    /// <returns>False when one had begun in this epoch, and is gone: then all that is counted there is in doubt.</returns>
    public async Task<bool> BeginAsync(IMeter meter, IReadOnlyList<BudgetKey> budgets, long epoch, CancellationToken cancellationToken)
    {
        var whole = true;
        foreach (var budget in budgets)
        {
            var begun = await book.SeedAsync(
                budget, epoch,
                async (spent, held) => await meter.SeedAsync(new MeterSeed(epoch, budget, spent, held, EndOf(budget.Period))),
                cancellationToken);

            // Someone else may have been faster; then it is there now.
            whole &= begun || await meter.ReadAsync(epoch, budget) is not null;
        }

        return whole;
    }

    private static DateTimeOffset? EndOf(string period) => period.Length switch
    {
        7 => Day(period + ":01").AddMonths(1).AddDays(DaysKept),
        10 => Day(period).AddDays(DaysKept + 1),
        _ => null,
    };

    private static DateTimeOffset Day(string text) =>
        DateTimeOffset.ParseExact(text, "yyyy':'MM':'dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
