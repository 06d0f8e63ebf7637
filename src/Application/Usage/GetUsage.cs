using CleanGateway.Application.Common;
using FluentValidation;
using FluentValidation.Results;

namespace CleanGateway.Application.Usage;

/// <summary>
/// What calls used and cost by the ledger, summed up by groups. Its parts are as they were typed, so that all that is
/// wrong with them is told at once; null is what was left out.
/// </summary>
/// <param name="GroupBy">One or more of <c>key</c>, <c>project</c>, <c>model</c> and <c>day</c>, comma-separated; without: <c>key</c>.</param>
/// <param name="From">A date, which is the beginning of that day (UTC), or a date and time with offset. Without: the first of this month.</param>
/// <param name="To">The same; this moment itself is not in it. Without: now.</param>
public sealed record GetUsage(string? GroupBy = null, string? From = null, string? To = null) : IQuery<UsageSummary>
{
    /// <summary>An answer never has more: whoever would get more is asked for a narrower question.</summary>
    public const int MaxRows = 100_000;

    public string? KeyId { get; init; }
    public string? ProjectId { get; init; }
    public string? Model { get; init; }

    /// <summary>What the answer is to be written as: <c>json</c> or <c>csv</c>. Nothing here depends on it; it is checked with the rest.</summary>
    public string? Format { get; init; }

    /// <summary>The question in the gateway's terms, or null where something is wrong with it.</summary>
    public UsageQuestion? QuestionAt(DateTimeOffset now) =>
        UsageQuestion.ParseGroups(GroupBy) is { } groups && UsageQuestion.ParsePeriod(From, To, now) is { } period
            ? new UsageQuestion(groups, period.From, period.To, ParseId(KeyId), ParseId(ProjectId), Model)
            : null;

    internal static Guid? ParseId(string? text) => Guid.TryParse(text, out var id) ? id : null;
}

internal sealed class GetUsageValidator : AbstractValidator<GetUsage>
{
    internal const string AMoment = "expected a date like 2026-11-01, which is its beginning in UTC, or a date and time with offset like "
        + "2026-11-01T06:00:00Z or 2026-11-01T08:00:00+02:00 (in a URL, + is written %2B).";
    internal const string AnId = "expected an id like 019a9f6c-3a51-7c1e-8a55-0242ac120002.";

    private readonly TimeProvider clock;

    public GetUsageValidator(TimeProvider clock)
    {
        this.clock = clock;
        RuleFor(query => query.GroupBy).Must(words => UsageQuestion.ParseGroups(words) is not null)
            .WithMessage("'group_by' is '{PropertyValue}': expected one or more of key, project, model, day, each once, with commas between them.");
        RuleFor(query => query.From).Must(IsMoment).WithMessage($"'from' is '{{PropertyValue}}': {AMoment}");
        RuleFor(query => query.To).Must(IsMoment).WithMessage($"'to' is '{{PropertyValue}}': {AMoment}");
        RuleFor(query => query).Custom(CheckPeriod);
        RuleFor(query => query.KeyId).Must(IsId).WithMessage($"'key_id' is '{{PropertyValue}}': {AnId}");
        RuleFor(query => query.ProjectId).Must(IsId).WithMessage($"'project_id' is '{{PropertyValue}}': {AnId}");
        RuleFor(query => query.Model).Must(name => name is null || (name.Length > 0 && !name.Contains('\0', StringComparison.Ordinal)))
            .WithMessage("'model' is '{PropertyValue}': expected the name of a model.");
        RuleFor(query => query.Format).Must(format => format is null or "json" or "csv")
            .WithMessage("'format' is '{PropertyValue}': expected json or csv.");
    }

    private static bool IsMoment(string? text) => text is null || UsageQuestion.ParseMoment(text) is not null;

    private static bool IsId(string? text) => text is null || GetUsage.ParseId(text) is not null;

    private void CheckPeriod(GetUsage query, ValidationContext<GetUsage> context)
    {
        if (UsageQuestion.ParsePeriod(query.From, query.To, clock.GetUtcNow()) is not var (from, to))
            return;   // what is wrong has been said

        var param = query.From is null ? nameof(GetUsage.To) : nameof(GetUsage.From);
        if (from >= to)
            context.AddFailure(Finding("'from' to be before 'to'"));
        else if (to - from > UsageQuestion.LongestPeriod)
            context.AddFailure(Finding("no more than five years between them"));

        ValidationFailure Finding(string expected) => new(param, $"'from' is {from:O} and 'to' is {to:O}: expected {expected}.");
    }
}
