using System.Text.Json.Serialization;

namespace CleanGateway.Domain.Usage;

/// <summary>What a key, or a project as a whole, may use. Everything left out is not limited.</summary>
public sealed record UsageLimits
{
    public static UsageLimits None { get; } = new();

    /// <summary>Requests per sliding 60 seconds; 0 lets nothing through.</summary>
    public int? RateLimit { get; init; }

    /// <summary>Tokens, of prompts and answers together, per sliding 60 seconds.</summary>
    public long? TokensPerMinute { get; init; }

    /// <summary>Calls under way at one time.</summary>
    public int? MaxConcurrent { get; init; }

    /// <summary>US dollars per day (UTC).</summary>
    public decimal? DailyBudget { get; init; }

    /// <summary>US dollars per calendar month (UTC).</summary>
    public decimal? MonthlyBudget { get; init; }

    /// <summary>US dollars in all.</summary>
    public decimal? TotalBudget { get; init; }

    /// <summary>US dollars per calendar month (UTC) from which on callers and the log are warned; nothing is refused.</summary>
    public decimal? SoftBudget { get; init; }

    /// <summary>There is nothing to be watched.</summary>
    [JsonIgnore]
    public bool IsNone => this == None;
}
