using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Usage;
using FluentValidation;

namespace CleanGateway.Application.AuditLog;

/// <summary>What the audit log says, newest first. <c>search_timeout</c> where the database takes too long.</summary>
public sealed record ListAuditEntries(AuditFilter Filter, PageRequest Page) : IQuery<Page<AuditItem>>;

/// <summary>Which entries are looked for; all of it has to hold, to the letter. Null is what was left out.</summary>
public sealed record AuditFilter
{
    /// <summary>A date, which is the beginning of that day (UTC), or a date and time with offset. Without: the beginning.</summary>
    public string? From { get; init; }

    /// <summary>The same; this moment itself is not in it. Without: now.</summary>
    public string? To { get; init; }

    /// <summary>Name or id.</summary>
    public string? Actor { get; init; }
    public string? Action { get; init; }
    public string? TargetType { get; init; }
    public string? TargetId { get; init; }

    /// <summary>The <c>X-Request-ID</c> of the request.</summary>
    public string? RequestId { get; init; }

    /// <summary><see cref="From"/> and <see cref="To"/> as moments; both have been validated.</summary>
    public (DateTimeOffset? From, DateTimeOffset? To) Period() =>
        (From is null ? null : UsageQuestion.ParseMoment(From), To is null ? null : UsageQuestion.ParseMoment(To));
}

/// <inheritdoc cref="Domain.AuditLog.AuditEntry"/>
public sealed record AuditItem(
    long Id,
    DateTimeOffset CreatedAt,
    string ActorKind,
    Guid? ActorId,
    string ActorName,
    string? Address,
    string? RequestId,
    string Action,
    string TargetType,
    string? TargetId,
    string? TargetName,
    IReadOnlyList<string> Changed,
    string? BeforeHash,
    string? AfterHash,
    string? Reason);

internal sealed class ListAuditEntriesValidator : AbstractValidator<ListAuditEntries>
{
    public ListAuditEntriesValidator()
    {
        RuleFor(query => query.Filter).SetValidator(new AuditFilterValidator()).OverridePropertyName("");
        RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
    }
}

internal sealed class AuditFilterValidator : AbstractValidator<AuditFilter>
{
    public AuditFilterValidator()
    {
        RuleFor(filter => filter.From).IsMoment("from");
        RuleFor(filter => filter.To).IsMoment("to");
        RuleFor(filter => filter.From).Must((filter, _) => filter.Period() is not ({ } from, { } to) || from < to)
            .WithMessage("'from' is '{PropertyValue}': expected a moment before 'to'.");
        RuleFor(filter => filter.Actor).IsSearchText("actor");
        RuleFor(filter => filter.Action).IsSearchText("action");
        RuleFor(filter => filter.TargetType).IsSearchText("target_type");
        RuleFor(filter => filter.TargetId).IsSearchText("target_id");
        RuleFor(filter => filter.RequestId).IsSearchText("request_id");
    }
}
