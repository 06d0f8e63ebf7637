using System.CommandLine;
using System.Globalization;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Security;
using MediatR;

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
        var issue = new Command("issue", "Make an API key and print it, this once.") { name, models, expires, content };
        issue.SetAction((parsed, cancellationToken) => IssueAsync(
            parsed.GetRequiredValue(name), parsed.GetValue(models) is { Length: > 0 } allowed ? allowed : null, parsed.GetValue(expires),
            parsed.GetValue(content), cancellationToken));

        return new Command("keys", "Look after API keys.") { issue };
    }

    private static async Task<int> IssueAsync(
        string name, string[]? models, string? expires, ContentPolicy? content, CancellationToken cancellationToken)
    {
        DateTimeOffset? expiresAt = expires is null ? null
            : DateTimeOffset.TryParse(expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment
            : throw new StartException($"--expires is '{expires}': expected a date and time like 2027-01-31T00:00:00Z");

        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);

        // An API key is hashed, not sealed. Standard output is for the key alone: scripts take it from there.
        await using var app = GatewayApp.Build(settings, database.Url, MasterKey.Ephemeral(), LogLevel.None);
        await using var scope = app.Services.CreateAsyncScope();
        try
        {
            var key = await scope.ServiceProvider.GetRequiredService<IMediator>()
                .Send(new IssueApiKey(name, AllowedModels: models, ExpiresAt: expiresAt, LogContent: content), cancellationToken);
            Console.WriteLine(key.Secret);
            return 0;
        }
        catch (GatewayException refused)
        {
            throw new StartException(refused.Error.Message, refused);
        }
    }
}
