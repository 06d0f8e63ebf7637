using System.Globalization;

namespace CleanGateway.Application.Usage;

/// <summary>A <see cref="GetUsage"/> that has been understood.</summary>
/// <param name="Groups">Each once, in the order asked for, which is also that of the rows.</param>
/// <param name="To">Not in the period.</param>
public sealed record UsageQuestion(
    IReadOnlyList<UsageGroup> Groups, DateTimeOffset From, DateTimeOffset To, Guid? KeyId, Guid? ProjectId, string? Model)
{
    internal static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(5 * 365 + 2);   // with its leap days

    private const string Date = "yyyy-MM-dd";
    private static readonly string[] Moments =
    [
        .. from time in (string[])["HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF"]
           from offset in (string[])["zzz", "'Z'"]
           select $"{Date}'T'{time}{offset}",
    ];

    /// <returns>Null where a word is unknown or there twice.</returns>
    internal static IReadOnlyList<UsageGroup>? ParseGroups(string? words)
    {
        if (words is null)
            return [UsageGroup.Key];

        var groups = new List<UsageGroup>();
        foreach (var word in words.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Parse(word) is not { } group || groups.Contains(group))
                return null;

            groups.Add(group);
        }

        return groups;
    }

    /// <returns>Null where one of both cannot be read.</returns>
    internal static (DateTimeOffset From, DateTimeOffset To)? ParsePeriod(string? from, string? to, DateTimeOffset now)
    {
        var utc = now.ToUniversalTime();
        var begin = from is null ? new DateTimeOffset(utc.Year, utc.Month, 1, 0, 0, 0, TimeSpan.Zero) : ParseMoment(from);
        var end = to is null ? utc : ParseMoment(to);
        return begin is { } first && end is { } last ? (first, last) : null;
    }

    /// <returns>The moment in UTC; null where it cannot be read, or says too little to be one.</returns>
    internal static DateTimeOffset? ParseMoment(string text)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, Date, CultureInfo.InvariantCulture, Utc, out var moment)
            || DateTimeOffset.TryParseExact(text, Moments, CultureInfo.InvariantCulture, Utc, out moment)
                ? moment
                : null;
    }

    // Enum.Parse would take numbers too.
    private static UsageGroup? Parse(string word) => word switch
    {
        "key" => UsageGroup.Key,
        "project" => UsageGroup.Project,
        "model" => UsageGroup.Model,
        "day" => UsageGroup.Day,
        _ => null,
    };
}

/// <summary>What usage can be summed up by.</summary>
public enum UsageGroup
{
    Key,

    /// <summary>The key's project at the time of the call.</summary>
    Project,

    /// <summary>As the catalogue calls it.</summary>
    Model,

    /// <summary>In UTC.</summary>
    Day,
}
