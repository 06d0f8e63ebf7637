using System.CommandLine;
using CleanGateway.Application.Common;
using CleanGateway.Application.Projects;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway projects …</c></summary>
internal static class ProjectCommands
{
    private const int Success = 0;
    private const int Texts = 3;

    private static readonly string[] Header =
    [
        "id", "name", "enabled", "keys", "rate_limit", "tokens_per_minute", "max_concurrent",
        "daily_budget", "monthly_budget", "total_budget", "soft_budget",
    ];

    public static Command Create() => new("projects", "Look after projects: keys that share limits and budgets.")
    {
        ListCommand(), CreateCommand(), ChangeCommand(), DeleteCommand(),
    };

    private static Command ListCommand()
    {
        var json = CommandOutput.JsonOption();
        var list = new Command("list", "Show the projects, how many keys belong to each, and what they may use together.") { json };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            var projects = await CommandMessages.SendAsync(
                (mediator, cancelled) => mediator.AllAsync(page => new ListProjects(page), cancelled), cancellationToken);
            CommandOutput.WriteList(projects, parsed.GetValue(json), Header, Cells, Texts);
            return Success;
        });
        return list;
    }

    private static Command CreateCommand()
    {
        var name = new Argument<string>("name") { Description = "What the project is called" };
        var json = CommandOutput.JsonOption();
        var limits = new UsageLimitOptions();
        var create = new Command("create", "Make a project and print its id.") { name, json };
        limits.AddTo(create);
        create.SetAction(async (parsed, cancellationToken) =>
        {
            var project = await CommandMessages.SendAsync(new CreateProject(parsed.GetRequiredValue(name), limits.Read(parsed)), cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(project);
            else
                Console.WriteLine(project.Id);
            return Success;
        });
        return create;
    }

    private static Command ChangeCommand()
    {
        var name = new Argument<string>("name") { Description = "The project's name" };
        var newName = new Option<string?>("--name") { Description = "Another name for it" };
        var enabled = new Option<bool?>("--enabled") { Description = "false: its keys open nothing" };
        var limits = new UsageLimitOptions(forChange: true);
        var change = new Command("change", "Change a project; what is not named stays as it is.") { name, newName, enabled };
        limits.AddTo(change);
        change.SetAction(async (parsed, cancellationToken) =>
        {
            await CommandMessages.SendAsync(
                async (mediator, cancelled) =>
                {
                    var project = await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled);
                    return await mediator.Send(
                        new ChangeProject
                        {
                            Id = project.Id,
                            Name = CommandChanges.Of(parsed, newName),
                            Enabled = CommandChanges.Of(parsed, enabled),
                            Limits = limits.ReadChanges(parsed),
                        },
                        cancelled);
                },
                cancellationToken);
            return Success;
        });
        return change;
    }

    private static Command DeleteCommand()
    {
        var name = new Argument<string>("name") { Description = "The project's name" };
        var delete = new Command("delete", "Take a project away that no key belongs to.") { name };
        delete.SetAction(async (parsed, cancellationToken) =>
        {
            await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    new DeleteProject((await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled)).Id, Precondition.Any), cancelled),
                cancellationToken);
            return Success;
        });
        return delete;
    }

    public static async Task<ProjectItem> FindAsync(IMediator mediator, string name, CancellationToken cancellationToken) =>
        (await mediator.Send(new ListProjects(new PageRequest(), name), cancellationToken)).Data is [var project]
            ? project
            : throw new StartException($"There is no project '{name}': `cleangateway projects list` shows those there are");

    private static IReadOnlyList<string> Cells(ProjectItem project) =>
    [
        project.Id.ToString(), project.Name, project.Enabled ? "yes" : "no", CommandOutput.Text(project.Keys),
        CommandOutput.Text(project.Limits.RateLimit), CommandOutput.Text(project.Limits.TokensPerMinute),
        CommandOutput.Text(project.Limits.MaxConcurrent), CommandOutput.Text(project.Limits.DailyBudget),
        CommandOutput.Text(project.Limits.MonthlyBudget), CommandOutput.Text(project.Limits.TotalBudget),
        CommandOutput.Text(project.Limits.SoftBudget),
    ];
}
