using System.CommandLine;
using System.Globalization;
using System.Numerics;
using CleanGateway.Application.Common;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Api.CommandLine;

/// <summary>The options that say what a key or a project may use. Bounds are the message's to check.</summary>
internal sealed class UsageLimitOptions(bool forChange = false)
{
    private const string WholeNumber = "a whole number";
    private const string Dollars = "an amount of US dollars like 12.50";

    private readonly Option<int?> rateLimit = Of<int>(
        forChange, "--rate-limit", "Requests per sliding 60 seconds, 0: none", WholeNumber);
    private readonly Option<long?> tokensPerMinute = Of<long>(
        forChange, "--tokens-per-minute", "Tokens of prompts and answers per sliding 60 seconds", WholeNumber);
    private readonly Option<int?> maxConcurrent = Of<int>(
        forChange, "--max-concurrent", "Calls under way at one time", WholeNumber);
    private readonly Option<decimal?> dailyBudget = Of<decimal>(
        forChange, "--daily-budget", "US dollars per day (UTC)", Dollars);
    private readonly Option<decimal?> monthlyBudget = Of<decimal>(
        forChange, "--monthly-budget", "US dollars per calendar month (UTC)", Dollars);
    private readonly Option<decimal?> totalBudget = Of<decimal>(
        forChange, "--total-budget", "US dollars in all", Dollars);
    private readonly Option<decimal?> softBudget = Of<decimal>(
        forChange, "--soft-budget", "US dollars per calendar month (UTC) from which on there are warnings; nothing is refused", Dollars);

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[rateLimit, tokensPerMinute, maxConcurrent, dailyBudget, monthlyBudget, totalBudget, softBudget])
            command.Options.Add(option);
    }

    public UsageLimits Read(ParseResult parsed) => new()
    {
        RateLimit = parsed.GetValue(rateLimit),
        TokensPerMinute = parsed.GetValue(tokensPerMinute),
        MaxConcurrent = parsed.GetValue(maxConcurrent),
        DailyBudget = parsed.GetValue(dailyBudget),
        MonthlyBudget = parsed.GetValue(monthlyBudget),
        TotalBudget = parsed.GetValue(totalBudget),
        SoftBudget = parsed.GetValue(softBudget),
    };

    /// <summary>Only what was named.</summary>
    public LimitChanges ReadChanges(ParseResult parsed) => new()
    {
        RateLimit = Change(parsed, rateLimit),
        TokensPerMinute = Change(parsed, tokensPerMinute),
        MaxConcurrent = Change(parsed, maxConcurrent),
        DailyBudget = Change(parsed, dailyBudget),
        MonthlyBudget = Change(parsed, monthlyBudget),
        TotalBudget = Change(parsed, totalBudget),
        SoftBudget = Change(parsed, softBudget),
    };

    // The library takes a parser's null for a value of another type.
    private static Change<T?> Change<T>(ParseResult parsed, Option<T?> option) where T : struct => parsed.GetResult(option) is not { } given
        ? default
        : new Change<T?>(given.Tokens is [{ Value: CommandChanges.None }] ? null : parsed.GetValue(option));

    // A comma is refused: one reader's 12,5 is another's 125.
    private static Option<T?> Of<T>(bool forChange, string name, string description, string expected) where T : struct, INumber<T> => new(name)
    {
        Description = forChange ? $"{description}; none takes the limit away" : $"{description}. Without: no limit",
        CustomParser = result =>
        {
            var style = NumberStyles.AllowLeadingSign | (typeof(T) == typeof(decimal) ? NumberStyles.AllowDecimalPoint : NumberStyles.None);
            var given = result.Tokens.Single().Value;
            if (forChange && given == CommandChanges.None)
                return null;
            if (T.TryParse(given, style, CultureInfo.InvariantCulture, out var number))
                return number;

            result.AddError($"{name} is '{given}': expected {expected}");
            return null;
        },
    };
}
