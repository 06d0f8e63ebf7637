using System.Globalization;
using CleanGateway.Application.Admission;

namespace CleanGateway.Api.Common;

/// <summary>What callers are told of their limits, under the names that OpenAI's API uses where it has one.</summary>
internal static class AllowanceHeaders
{
    public static void Add(IHeaderDictionary headers, Allowance? allowance)
    {
        if (allowance is null)
            return;

        Add(headers, "requests", allowance.Requests);
        Add(headers, "tokens", allowance.Tokens);
        if (allowance.BudgetLeft is { } left)
            headers["x-gateway-budget-remaining"] = Dollars(left.Dollars);
        if (allowance.SoftBudgetReached is { } soft)
            headers["x-gateway-budget-warning"] = $"soft budget of {Dollars(soft.Dollars)} reached";
        if (allowance.OutputCap is { } cap)
            headers["x-gateway-max-tokens"] = cap.ToString(CultureInfo.InvariantCulture);
        if (allowance.IsDegraded)
            headers["x-gateway-degraded"] = "limits";
    }

    private static void Add(IHeaderDictionary headers, string what, WindowLeft? window)
    {
        if (window is not { } left)
            return;

        headers[$"x-ratelimit-limit-{what}"] = left.Limit.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-remaining-{what}"] = left.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-reset-{what}"] = Duration(left.Reset);
    }

    // Like 1m0s, 6.25s or 17ms: what clients of OpenAI's API know to read.
    private static string Duration(TimeSpan time) => time switch
    {
        _ when time <= TimeSpan.Zero => "0s",
        { TotalSeconds: < 1 } => FormattableString.Invariant($"{Math.Ceiling(time.TotalMilliseconds):0}ms"),
        { TotalMinutes: < 1 } => FormattableString.Invariant($"{Math.Ceiling(time.TotalMilliseconds) / 1000:0.###}s"),
        _ => FormattableString.Invariant($"{(int)time.TotalMinutes}m{Math.Ceiling((time.TotalSeconds % 60) * 1000) / 1000:0.###}s"),
    };

    private static string Dollars(decimal amount) => amount.ToString("0.#########", CultureInfo.InvariantCulture);
}
