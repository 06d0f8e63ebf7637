using System.CommandLine;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway keys change</c></summary>
internal static class KeyChangeCommand
{
    // "none" is a content policy of its own.
    private const string GatewaysPolicy = "default";

    public static Command Create()
    {
        var key = KeyCommands.KeyArgument();
        var name = new Option<string?>("--name") { Description = "Another name for it" };
        var enabled = new Option<bool?>("--enabled") { Description = "false: it opens nothing" };
        var models = new Option<string[]>("--model")
        {
            Description = "A model or alias the key may use, in place of those it has; repeat for more. none takes the list away: all",
            AllowMultipleArgumentsPerToken = true,
        };
        var expires = new Option<string?>("--expires") { Description = "When the key stops working; a moment that has been ends it now. none: never" };
        var content = new Option<string?>("--log-content")
        {
            Description = $"What the log keeps of the key's calls: full, metadata or none; {GatewaysPolicy}: as LOG_CONTENT says",
        };
        var project = new Option<string?>("--project") { Description = "The name of the project the key belongs to. none: to none" };
        var dropParams = new Option<bool?>("--drop-params") { Description = "true: leave parameters that a provider cannot do out of the key's calls" };
        var json = CommandOutput.JsonOption();
        var limits = new UsageLimitOptions(forChange: true);
        var change = new Command("change", "Change an API key; what is not named stays as it is.")
        {
            key, name, enabled, models, expires, content, project, dropParams, json,
        };
        limits.AddTo(change);
        change.SetAction(async (parsed, cancellationToken) =>
        {
            var asked = new ChangeApiKey
            {
                Name = CommandChanges.Of(parsed, name),
                Enabled = CommandChanges.Of(parsed, enabled),
                Limits = limits.ReadChanges(parsed),
                Project = CommandChanges.OrNone(parsed, project),
                AllowedModels = Models(parsed.GetValue(models)),
                ExpiresAt = Moment(CommandChanges.OrNone(parsed, expires)),
                LogContent = Policy(parsed.GetValue(content)),
                DropParams = CommandChanges.Of(parsed, dropParams),
            };
            var changed = await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    asked with { Id = (await KeyCommands.FindAsync(mediator, parsed.GetRequiredValue(key), cancelled)).Id }, cancelled),
                cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(changed);
            return 0;
        });
        return change;
    }

    private static Change<IReadOnlyList<string>?> Models(string[]? given) => given switch
    {
        null or [] => default,
        [CommandChanges.None] => new Change<IReadOnlyList<string>?>(null),
        _ => new Change<IReadOnlyList<string>?>(given),
    };

    private static Change<DateTimeOffset?> Moment(Change<string?> given) =>
        given.IsGiven ? new Change<DateTimeOffset?>(CommandMoments.Read("--expires", given.Value)) : default;

    private static Change<ContentPolicy?> Policy(string? given) => given switch
    {
        null => default,
        GatewaysPolicy => new Change<ContentPolicy?>(null),
        "full" => new Change<ContentPolicy?>(ContentPolicy.Full),
        "metadata" => new Change<ContentPolicy?>(ContentPolicy.Metadata),
        "none" => new Change<ContentPolicy?>(ContentPolicy.None),
        _ => throw new StartException($"--log-content is '{given}': expected full, metadata, none or {GatewaysPolicy}"),
    };
}
