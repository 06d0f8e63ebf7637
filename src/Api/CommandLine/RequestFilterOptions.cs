using System.CommandLine;
using CleanGateway.Application.RequestLogs;

namespace CleanGateway.Api.CommandLine;

/// <summary>The options that say which calls are looked for. What they may be is the message's to check.</summary>
internal sealed class RequestFilterOptions
{
    private readonly Option<string?> from = new("--from") { Description = "A date, or a date and time with offset. Without: a day ago" };
    private readonly Option<string?> to = new("--to") { Description = "The same; this moment itself is left out. Without: now" };
    private readonly Option<string?> key = new("--key-id") { Description = "Calls of this key only" };
    private readonly Option<string?> model = new("--model") { Description = "Calls of this model only" };
    private readonly Option<string?> provider = new("--provider") { Description = "Calls to this provider only" };
    private readonly Option<string?> status = new("--status") { Description = "Calls answered with this HTTP status only, or 4xx and the like" };
    private readonly Option<string?> outcome = new("--outcome") { Description = "Calls that ended so only, for example upstream_error" };
    private readonly Option<string?> error = new("--error-code") { Description = "Calls that failed with this code only" };
    private readonly Option<string?> user = new("--user-id") { Description = "Calls of this end user only" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[from, to, key, model, provider, status, outcome, error, user])
            command.Options.Add(option);
    }

    public RequestFilter Read(ParseResult parsed) => new()
    {
        From = parsed.GetValue(from),
        To = parsed.GetValue(to),
        KeyId = parsed.GetValue(key),
        Model = parsed.GetValue(model),
        Provider = parsed.GetValue(provider),
        Status = parsed.GetValue(status),
        Outcome = parsed.GetValue(outcome),
        ErrorCode = parsed.GetValue(error),
        UserId = parsed.GetValue(user),
    };
}
