namespace CleanGateway.Infrastructure.Validation;

/// <summary>What a validation came to.</summary>
/// <param name="BaseUrl">The gateway.</param>
/// <param name="Database">Without its password.</param>
/// <param name="Passed">No check failed.</param>
/// <param name="Notes">What whoever ran it says about it.</param>
public sealed record ValidationReport(
    DateTimeOffset StartedAt, string BaseUrl, string? Database, string Model, bool Passed, IReadOnlyList<string> Notes,
    IReadOnlyList<ValidationCheck> Checks, ValidationFigures Figures);

/// <param name="Number">1 to 5: the documents' five checks; null: a figure.</param>
/// <param name="Name">For programs; snake case.</param>
/// <param name="Title">For people.</param>
/// <param name="Seen">What was seen, also where it failed.</param>
/// <param name="DurationMs">How long it took.</param>
public sealed record ValidationCheck(int? Number, string Name, string Title, ValidationVerdict Verdict, string Seen, double DurationMs)
{
    /// <summary>What usually is behind a failure, the likeliest first.</summary>
    public IReadOnlyList<string> Causes { get; init; } = [];

    /// <summary>Commands to run next, as they are to be typed.</summary>
    public IReadOnlyList<string> Next { get; init; } = [];
}

public enum ValidationVerdict
{
    Passed,

    /// <summary>It works, and not as well as it should; the validation passes.</summary>
    Warning,

    /// <summary>The validation fails.</summary>
    Failed,

    /// <summary>Because one failed that it needs, or because it was not asked for.</summary>
    NotTried,

    /// <summary>It cannot be seen from here; the validation passes.</summary>
    NotKnown,
}

/// <summary>The measured figures; null what was not measured.</summary>
public sealed record ValidationFigures
{
    /// <summary>What the checked call carried as <c>X-Request-ID</c>.</summary>
    public string? RequestId { get; init; }

    /// <summary>Milliseconds from the end of the answer until its rows were seen.</summary>
    public double? VisibleAfterMs { get; init; }

    /// <summary>Milliseconds that calls waited for their log records, by <c>X-DB-Overhead</c>.</summary>
    public Percentiles? OverheadMs { get; init; }

    /// <summary>Milliseconds of whole calls, by <c>X-Total-Latency</c>.</summary>
    public Percentiles? LatencyMs { get; init; }

    /// <summary>Of the calls that were made to measure.</summary>
    public int? CallsAnswered { get; init; }

    public int? CallsInLog { get; init; }

    /// <summary>Milliseconds from the last answer of these until they were looked for and seen, or given up.</summary>
    public double? AllVisibleAfterMs { get; init; }

    /// <summary>Share of the connections asked for that need not be made anew, 0 to 1, during the measured calls.</summary>
    public decimal? ConnectionReuse { get; init; }

    /// <summary>Responses whose request is missing, in the days that were looked through.</summary>
    public long? Orphans { get; init; }

    /// <summary>Requests whose response is missing.</summary>
    public long? Unanswered { get; init; }

    /// <summary>Requests that were looked at for these two.</summary>
    public long? RequestsLookedAt { get; init; }

    public int? DaysLookedAt { get; init; }
}

/// <param name="Count">Of how many values.</param>
public sealed record Percentiles(int Count, double P50, double P95, double P99, double Max)
{
    /// <summary>By nearest rank: every value told is one that was measured.</summary>
    /// <returns>Null of no values.</returns>
    public static Percentiles? Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? null : new Percentiles(sorted.Count, Rank(0.50), Rank(0.95), Rank(0.99), sorted[^1]);

        double Rank(double share) => sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
    }
}
