using System.CommandLine;
using CleanGateway.Application.Common;
using CleanGateway.Application.ModelAliases;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway aliases …</c></summary>
internal static class AliasCommands
{
    private const int Success = 0;
    private const int Texts = 5;

    private static readonly string[] Header = ["id", "alias", "model", "provider", "enabled"];

    public static Command Create() => new("aliases", "Look after aliases: other names for models.")
    {
        ListCommand(), CreateCommand(), ChangeCommand(), DeleteCommand(),
    };

    private static Argument<string> Alias() => new("alias") { Description = "The name that callers use" };

    private static Command ListCommand()
    {
        var json = CommandOutput.JsonOption();
        var list = new Command("list", "Show the aliases and what they lead to.") { json };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            var aliases = await CommandMessages.SendAsync(
                (mediator, cancelled) => mediator.AllAsync(page => new ListModelAliases(page), cancelled), cancellationToken);
            CommandOutput.WriteList(
                aliases, parsed.GetValue(json), Header,
                alias => [alias.Id.ToString(), alias.Alias, alias.Model, alias.Provider ?? "-", alias.Enabled ? "yes" : "no"], Texts);
            return Success;
        });
        return list;
    }

    private static Command CreateCommand()
    {
        var alias = Alias();
        var model = new Option<string>("--model") { Description = "The model's name", Required = true };
        var provider = new Option<string?>("--provider") { Description = "The provider that alone serves it. Without: any that serves the model" };
        var json = CommandOutput.JsonOption();
        var create = new Command("create", "Make an alias and print its id.") { alias, model, provider, json };
        create.SetAction(async (parsed, cancellationToken) =>
        {
            var made = await CommandMessages.SendAsync(
                new CreateModelAlias(parsed.GetRequiredValue(alias), parsed.GetRequiredValue(model), parsed.GetValue(provider)), cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(made);
            else
                Console.WriteLine(made.Id);
            return Success;
        });
        return create;
    }

    private static Command ChangeCommand()
    {
        var alias = Alias();
        var newAlias = new Option<string?>("--name") { Description = "Another name for it" };
        var model = new Option<string?>("--model") { Description = "The name of another model" };
        var provider = new Option<string?>("--provider") { Description = "The name of another provider; none: any that serves the model" };
        var enabled = new Option<bool?>("--enabled") { Description = "false: it is no name for anything" };
        var json = CommandOutput.JsonOption();
        var change = new Command("change", "Change an alias; what is not named stays as it is.") { alias, newAlias, model, provider, enabled, json };
        change.SetAction(async (parsed, cancellationToken) =>
        {
            var changed = await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    new ChangeModelAlias
                    {
                        Id = (await FindAsync(mediator, parsed.GetRequiredValue(alias), cancelled)).Id,
                        Alias = CommandChanges.Of(parsed, newAlias),
                        Model = CommandChanges.Of(parsed, model),
                        Provider = CommandChanges.OrNone(parsed, provider),
                        Enabled = CommandChanges.Of(parsed, enabled),
                    },
                    cancelled),
                cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(changed);
            return Success;
        });
        return change;
    }

    private static Command DeleteCommand()
    {
        var alias = Alias();
        var json = CommandOutput.JsonOption();
        var delete = new Command("delete", "Take an alias away.") { alias, json };
        delete.SetAction(async (parsed, cancellationToken) =>
        {
            var gone = await CommandMessages.SendAsync(
                async (mediator, cancelled) =>
                {
                    var found = await FindAsync(mediator, parsed.GetRequiredValue(alias), cancelled);
                    await mediator.Send(new DeleteModelAlias(found.Id, Precondition.Any), cancelled);
                    return found;
                },
                cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(new { gone.Id });
            return Success;
        });
        return delete;
    }

    private static async Task<ModelAliasItem> FindAsync(IMediator mediator, string alias, CancellationToken cancellationToken) =>
        (await mediator.Send(new ListModelAliases(new PageRequest(), alias), cancellationToken)).Data is [var found]
            ? found
            : throw new StartException($"There is no alias '{alias}': `cleangateway aliases list` shows those there are");
}
