using System.CommandLine;
using System.Globalization;
using System.Numerics;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Api.CommandLine;

/// <summary>The options that say what a key or a project may use. Bounds are the message's to check.</summary>
internal sealed class UsageLimitOptions
{
    private const string WholeNumber = "a whole number";
    private const string Dollars = "an amount of US dollars like 12.50";

    private readonly Option<int?> rateLimit = Of<int>("--rate-limit", "Requests per sliding 60 seconds, 0: none", WholeNumber);
    private readonly Option<long?> tokensPerMinute = Of<long>(
        "--tokens-per-minute", "Tokens of prompts and answers per sliding 60 seconds", WholeNumber);
    private readonly Option<int?> maxConcurrent = Of<int>("--max-concurrent", "Calls under way at one time", WholeNumber);
    private readonly Option<decimal?> dailyBudget = Of<decimal>("--daily-budget", "US dollars per day (UTC)", Dollars);
    private readonly Option<decimal?> monthlyBudget = Of<decimal>("--monthly-budget", "US dollars per calendar month (UTC)", Dollars);
    private readonly Option<decimal?> totalBudget = Of<decimal>("--total-budget", "US dollars in all", Dollars);
    private readonly Option<decimal?> softBudget = Of<decimal>(
        "--soft-budget", "US dollars per calendar month (UTC) from which on there are warnings; nothing is refused", Dollars);

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

    // A comma is refused: one reader's 12,5 is another's 125.
    private static Option<T?> Of<T>(string name, string description, string expected) where T : struct, INumber<T> => new(name)
    {
        Description = $"{description}. Without: no limit",
        CustomParser = result =>
        {
            var style = NumberStyles.AllowLeadingSign | (typeof(T) == typeof(decimal) ? NumberStyles.AllowDecimalPoint : NumberStyles.None);
            var given = result.Tokens.Single().Value;
            if (T.TryParse(given, style, CultureInfo.InvariantCulture, out var number))
                return number;

            result.AddError($"{name} is '{given}': expected {expected}");
            return null;
        },
    };
}
