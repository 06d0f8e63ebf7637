using System.CommandLine;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway keys …</c></summary>
internal static class KeyCommands
{
    private const int Success = 0;

    public static Command Create() => new("keys", "Look after API keys.")
    {
        ListCommand(), IssueCommand(), ShowCommand(), KeyChangeCommand.Create(), RotateCommand(), DeleteCommand(),
    };

    /// <summary>The key that an operator names: by its id, or by its name where that is the only one.</summary>
    public static Argument<string> KeyArgument() => new("key") { Description = "The key's name, or its id" };

    /// <exception cref="StartException">There is none, or more than one.</exception>
    public static async Task<ApiKeyItem> FindAsync(IMediator mediator, string nameOrId, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(nameOrId, out var id))
            return await mediator.Send(new GetApiKey(id), cancellationToken);

        var named = await mediator.AllAsync(page => new ListApiKeys(page, Name: nameOrId), cancellationToken);
        return named switch
        {
            [var key] => key,
            [] => throw new StartException($"There is no key '{nameOrId}': `cleangateway keys list` shows those there are"),
            _ => throw new StartException(
                $"{named.Count} keys are called '{nameOrId}'; say which by its id: {string.Join(", ", named.Select(key => key.Id))}"),
        };
    }

    private static Command ListCommand()
    {
        var project = new Option<string?>("--project") { Description = "Keys of the project of this name only" };
        var json = CommandOutput.JsonOption();
        var list = new Command("list", "Show the API keys: what they are called, what they may do and how long they last.") { project, json };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            var keys = await CommandMessages.SendAsync(
                async (mediator, cancelled) =>
                {
                    var id = parsed.GetValue(project) is { } name ? (await ProjectCommands.FindAsync(mediator, name, cancelled)).Id : default(Guid?);
                    return await mediator.AllAsync(page => new ListApiKeys(page, id), cancelled);
                },
                cancellationToken);
            CommandOutput.WriteList(keys, parsed.GetValue(json), KeyCells.Header, KeyCells.Cells, KeyCells.Texts);
            return Success;
        });
        return list;
    }

    private static Command ShowCommand()
    {
        var key = KeyArgument();
        var json = CommandOutput.JsonOption();
        var show = new Command("show", "Show all that is said of one API key.") { key, json };
        show.SetAction(async (parsed, cancellationToken) =>
        {
            var found = await CommandMessages.SendAsync(
                (mediator, cancelled) => FindAsync(mediator, parsed.GetRequiredValue(key), cancelled), cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(found);
            else
                CommandOutput.WriteOne(KeyCells.Members(found));
            return Success;
        });
        return show;
    }

    private static Command IssueCommand()
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
            HelpName = "full|metadata|none",
            Description = "What the log keeps of the key's calls: full, metadata (no bodies) or none (only who, which model, outcome, usage and cost). "
                + "Without: LOG_CONTENT",
        };
        var project = new Option<string?>("--project") { Description = "The name of the project the key belongs to. Without: none" };
        var dropParams = new Option<bool>("--drop-params")
        {
            Description = "Leave parameters that a provider cannot do out of the key's calls. Without: such calls are refused",
        };
        var json = CommandOutput.JsonOption();
        var limits = new UsageLimitOptions();
        var issue = new Command("issue", "Make an API key and print it, this once.") { name, models, expires, content, project, dropParams, json };
        limits.AddTo(issue);
        issue.SetAction(async (parsed, cancellationToken) =>
        {
            var command = new IssueApiKey(
                parsed.GetRequiredValue(name), limits.Read(parsed), parsed.GetValue(models) is { Length: > 0 } allowed ? allowed : null,
                CommandMoments.Read("--expires", parsed.GetValue(expires)), parsed.GetValue(content), parsed.GetValue(project), parsed.GetValue(dropParams));
            Write(await CommandMessages.SendAsync(command, cancellationToken), parsed.GetValue(json));
            return Success;
        });
        return issue;
    }

    private static Command RotateCommand()
    {
        var key = KeyArgument();
        var grace = new Option<int>("--grace-period-seconds") { Description = "For how long the old secret still works, up to 30 days. Without: not at all" };
        var json = CommandOutput.JsonOption();
        var rotate = new Command("rotate", "Give an API key another secret and print it, this once.") { key, grace, json };
        rotate.SetAction(async (parsed, cancellationToken) =>
        {
            var rotated = await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    new RotateApiKey
                    {
                        Id = (await FindAsync(mediator, parsed.GetRequiredValue(key), cancelled)).Id,
                        GracePeriodSeconds = parsed.GetValue(grace),
                    },
                    cancelled),
                cancellationToken);
            Write(rotated, parsed.GetValue(json));
            return Success;
        });
        return rotate;
    }

    private static Command DeleteCommand()
    {
        var key = KeyArgument();
        var delete = new Command("delete", "Take an API key away for good; what it was used for stays in the log.") { key };
        delete.SetAction(async (parsed, cancellationToken) =>
        {
            await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    new DeleteApiKey((await FindAsync(mediator, parsed.GetRequiredValue(key), cancelled)).Id, Precondition.Any), cancelled),
                cancellationToken);
            return Success;
        });
        return delete;
    }

    // The secret alone, so that a script can take it from there.
    private static void Write(IssuedApiKey key, bool asJson)
    {
        if (asJson)
            CommandOutput.WriteJson(key);
        else
            Console.WriteLine(key.Secret);
    }
}
