using System.CommandLine;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway models …</c>, but for the import: models one by one.</summary>
internal static class CatalogueCommands
{
    private const int Success = 0;
    private const int Texts = 5;

    private static readonly string[] Header = ["id", "name", "provider", "mode", "upstream_model", "input_cost_per_token", "output_cost_per_token"];

    public static void AddTo(Command models)
    {
        foreach (var command in (Command[])[ListCommand(), CreateCommand(), ChangeCommand(), DeleteCommand()])
            models.Subcommands.Add(command);
    }

    private static Argument<string> Name() => new("name") { Description = "The model's name, as callers use it" };

    private static Command ListCommand()
    {
        var provider = new Option<string?>("--provider") { Description = "Only those of this litellm_provider" };
        var mode = new Option<string?>("--mode") { Description = "Only those of this mode" };
        var prefix = new Option<string?>("--prefix") { Description = "Only those whose names begin with this" };
        var json = CommandOutput.JsonOption();
        var list = new Command("list", "Show the models of the catalogue, and what they cost.") { provider, mode, prefix, json };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            var models = await CommandMessages.SendAsync(
                (mediator, cancelled) => mediator.AllAsync(
                    page => new ListCatalogue(page, parsed.GetValue(provider), parsed.GetValue(mode), parsed.GetValue(prefix)), cancelled),
                cancellationToken);
            CommandOutput.WriteList(models, parsed.GetValue(json), Header, Cells, Texts);
            return Success;
        });
        return list;
    }

    private static Command CreateCommand()
    {
        var (name, json, options) = (Name(), CommandOutput.JsonOption(), new ModelOptions(forChange: false));
        var create = new Command("create", "Make a model and print its id.") { name, json };
        options.AddTo(create);
        create.SetAction(async (parsed, cancellationToken) =>
        {
            var model = await CommandMessages.SendAsync(options.ReadNew(parsed, parsed.GetRequiredValue(name)), cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(model);
            else
                Console.WriteLine(model.Id);
            return Success;
        });
        return create;
    }

    private static Command ChangeCommand()
    {
        var (name, json, options) = (Name(), CommandOutput.JsonOption(), new ModelOptions(forChange: true));
        var change = new Command("change", "Change a model; what is not named stays as it is.") { name, json };
        options.AddTo(change);
        change.SetAction(async (parsed, cancellationToken) =>
        {
            var changes = options.ReadChanges(parsed);
            var model = await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    changes with { Id = (await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled)).Id }, cancelled),
                cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(model);
            return Success;
        });
        return change;
    }

    private static Command DeleteCommand()
    {
        var (name, json) = (Name(), CommandOutput.JsonOption());
        var delete = new Command("delete", "Take a model away that no alias leads to.") { name, json };
        delete.SetAction(async (parsed, cancellationToken) =>
        {
            var gone = await CommandMessages.SendAsync(
                async (mediator, cancelled) =>
                {
                    var model = await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled);
                    await mediator.Send(new DeleteModel(model.Id, Precondition.Any), cancelled);
                    return model;
                },
                cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(new { gone.Id });
            return Success;
        });
        return delete;
    }

    private static async Task<CatalogueItem> FindAsync(IMediator mediator, string name, CancellationToken cancellationToken) =>
        (await mediator.Send(new ListCatalogue(new PageRequest(), Name: name), cancellationToken)).Data is [var model]
            ? model
            : throw new StartException($"There is no model '{name}' in the catalogue: `cleangateway models list` shows those there are");

    private static IReadOnlyList<string> Cells(CatalogueItem model) =>
    [
        model.Id.ToString(), model.Name, model.LitellmProvider, model.Mode, model.UpstreamModel ?? "-",
        model.InputCostPerToken?.Text ?? "-", model.OutputCostPerToken?.Text ?? "-",
    ];
}
