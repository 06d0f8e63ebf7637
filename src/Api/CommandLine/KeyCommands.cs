using System.CommandLine;
using System.Globalization;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway keys …</c></summary>
internal static class KeyCommands
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "Whom the key is for" };
        var models = new Option<string[]>("--model")
        {
            Description = "A model or alias the key may use; repeat for more. Without: all",
            AllowMultipleArgumentsPerToken = true,
        };
        var expires = new Option<string?>("--expires") { Description = "When the key stops working, for example 2027-01-31T00:00:00Z. Without: never" };
        var content = new Option<ContentPolicy?>("--log-content")
        {
            Description = "What the log keeps of the key's calls: full, metadata (no bodies) or none (only who, which model, outcome, usage and cost). "
                + "Without: LOG_CONTENT",
        };
        var project = new Option<string?>("--project") { Description = "The name of the project the key belongs to. Without: none" };
        var dropParams = new Option<bool>("--drop-params")
        {
            Description = "Leave parameters that a provider cannot do out of the key's calls. Without: such calls are refused",
        };
        var limits = new UsageLimitOptions();
        var issue = new Command("issue", "Make an API key and print it, this once.") { name, models, expires, content, project, dropParams };
        limits.AddTo(issue);
        issue.SetAction((parsed, cancellationToken) => IssueAsync(
            new IssueApiKey(
                parsed.GetRequiredValue(name), limits.Read(parsed), parsed.GetValue(models) is { Length: > 0 } allowed ? allowed : null,
                Moment(parsed.GetValue(expires)), parsed.GetValue(content), parsed.GetValue(project), parsed.GetValue(dropParams)),
            cancellationToken));

        return new Command("keys", "Look after API keys.") { issue };
    }

    private static async Task<int> IssueAsync(IssueApiKey command, CancellationToken cancellationToken)
    {
        Console.WriteLine((await CommandMessages.SendAsync(command, cancellationToken)).Secret);
        return 0;
    }

    private static DateTimeOffset? Moment(string? expires) => expires is null ? null
        : DateTimeOffset.TryParse(expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment
        : throw new StartException($"--expires is '{expires}': expected a date and time like 2027-01-31T00:00:00Z");
}
