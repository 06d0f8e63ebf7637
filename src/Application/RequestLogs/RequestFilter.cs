using System.Globalization;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using FluentValidation;

namespace CleanGateway.Application.RequestLogs;

/// <summary>
/// Which calls are looked for; all of it has to hold. Its parts are as they were typed, so that all that is wrong with them is
/// told at once; null is what was left out.
/// </summary>
public sealed record RequestFilter
{
    /// <summary>Where neither is said, so much is looked through: what lies further back is in other partitions.</summary>
    internal static readonly TimeSpan UsualPeriod = TimeSpan.FromDays(1);

    /// <summary>A date, which is the beginning of that day (UTC), or a date and time with offset. Without: a day before <see cref="To"/>.</summary>
    public string? From { get; init; }

    /// <summary>The same; this moment itself is not in it. Without: now.</summary>
    public string? To { get; init; }

    public string? KeyId { get; init; }

    /// <summary>As the caller named it.</summary>
    public string? Model { get; init; }

    /// <summary>The name of the provider that was called.</summary>
    public string? Provider { get; init; }

    /// <summary>An HTTP status, or <c>4xx</c> and the like.</summary>
    public string? Status { get; init; }

    /// <summary>Snake case of <see cref="ExchangeOutcome"/>.</summary>
    public string? Outcome { get; init; }
    public string? ErrorCode { get; init; }

    /// <summary><c>req_…</c>; says by itself when that was.</summary>
    public string? RequestId { get; init; }

    /// <summary>What the caller sent as <c>X-Client-Request-Id</c>.</summary>
    public string? ClientRequestId { get; init; }
    public string? UserId { get; init; }

    /// <summary>The filter in the gateway's terms; null where something is wrong with it.</summary>
    public RequestSelection? SelectionAt(DateTimeOffset now)
    {
        var id = RequestId is null ? null : ParseRequestId(RequestId);
        var status = Status is null ? null : ParseStatus(Status);
        if ((id is null && RequestId is not null) || (status is null && Status is not null) || ParsePeriod(now) is not var (from, to))
            return null;

        return new RequestSelection(id, from, to, GetUsage.ParseId(KeyId), Model, Provider, status, Outcome, ErrorCode, ClientRequestId, UserId);
    }

    internal (DateTimeOffset? From, DateTimeOffset? To)? ParsePeriod(DateTimeOffset now)
    {
        var (from, to) = (From is null ? null : UsageQuestion.ParseMoment(From), To is null ? null : UsageQuestion.ParseMoment(To));
        if ((From is not null && from is null) || (To is not null && to is null))
            return null;

        return RequestId is not null ? (from, to) : (from ?? EarlierThan(to ?? now), to);
    }

    internal static RequestId? ParseRequestId(string text) => Domain.RequestLogs.RequestId.TryParse(text, out var id) ? id : null;

    internal static (int First, int Last)? ParseStatus(string text)
    {
        if (text is [>= '1' and <= '5' and var hundreds, 'x', 'x'])
            return ((hundreds - '0') * 100, ((hundreds - '0') * 100) + 99);

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and <= 599
            ? (status, status)
            : null;
    }

    private static DateTimeOffset EarlierThan(DateTimeOffset moment) =>
        moment - DateTimeOffset.MinValue > UsualPeriod ? moment - UsualPeriod : DateTimeOffset.MinValue;
}

/// <summary>A <see cref="RequestFilter"/> that has been understood.</summary>
/// <param name="To">Not in the period; null: up to now.</param>
/// <param name="Status">First and last.</param>
public sealed record RequestSelection(
    RequestId? RequestId, DateTimeOffset? From, DateTimeOffset? To, Guid? KeyId, string? Model, string? Provider, (int First, int Last)? Status,
    string? Outcome, string? ErrorCode, string? ClientRequestId, string? UserId);

internal sealed class RequestFilterValidator : AbstractValidator<RequestFilter>
{
    private static readonly string[] Outcomes = [.. Enum.GetValues<ExchangeOutcome>().Select(outcome => outcome.ToSnakeCase())];

    public RequestFilterValidator(TimeProvider clock)
    {
        RuleFor(filter => filter.From).IsMoment("from");
        RuleFor(filter => filter.To).IsMoment("to");
        RuleFor(filter => filter.From).Must((filter, _) => IsPeriod(filter, clock.GetUtcNow()))
            .WithMessage("'from' is '{PropertyValue}': expected a moment before 'to', and before now.");
        RuleFor(filter => filter.KeyId).Must(id => id is null || GetUsage.ParseId(id) is not null)
            .WithMessage($"'key_id' is '{{PropertyValue}}': {GetUsageValidator.AnId}");
        RuleFor(filter => filter.Status).Must(status => status is null || RequestFilter.ParseStatus(status) is not null)
            .WithMessage("'status' is '{PropertyValue}': expected an HTTP status like 429, or 1xx to 5xx.");
        RuleFor(filter => filter.Outcome).Must(outcome => outcome is null || Outcomes.Contains(outcome))
            .WithMessage($"'outcome' is '{{PropertyValue}}': expected one of {string.Join(", ", Outcomes)}.");
        RuleFor(filter => filter.RequestId).Must(id => id is null || RequestFilter.ParseRequestId(id) is not null)
            .WithMessage("'request_id' is '{PropertyValue}': expected an id that this gateway has given, req_ and 32 hex digits.");
        RuleFor(filter => filter.Model).IsSearchText("model");
        RuleFor(filter => filter.Provider).IsSearchText("provider");
        RuleFor(filter => filter.ErrorCode).IsSearchText("error_code");
        RuleFor(filter => filter.ClientRequestId).IsSearchText("client_request_id");
        RuleFor(filter => filter.UserId).IsSearchText("user_id");
    }

    // What cannot be read is told by itself.
    private static bool IsPeriod(RequestFilter filter, DateTimeOffset now) =>
        filter.ParsePeriod(now) is not var (from, to) || from is null || from < (to ?? now);
}

/// <summary>What filters of searches have in common.</summary>
internal static class SearchRules
{
    public static void IsMoment<T>(this IRuleBuilder<T, string?> moment, string name) =>
        moment.Must(text => text is null || UsageQuestion.ParseMoment(text) is not null)
            .WithMessage($"'{name}' is '{{PropertyValue}}': {GetUsageValidator.AMoment}");

    /// <summary>Text that can be stored, and so be found.</summary>
    public static void IsSearchText<T>(this IRuleBuilder<T, string?> value, string name) =>
        value.Must(text => text is null || (text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal)))
            .WithMessage($"'{name}' is '{{PropertyValue}}': expected some text.");
}
