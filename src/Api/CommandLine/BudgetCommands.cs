using System.CommandLine;
using System.Globalization;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway budgets …</c></summary>
internal static class BudgetCommands
{
    private const int Success = 0;
    private static readonly string[] Header = ["kind", "period", "limit", "spent", "reserved", "remaining", "soft_limit"];
    private static readonly string[] AdjustmentHeader = ["at", "kind", "period", "by", "reason", "amount"];

    public static Command Create() => new("budgets", "Look at what keys and projects have spent of their budgets, and put it right.")
    {
        ShowCommand(), AdjustmentsCommand(), AdjustCommand(), ResetCommand(),
    };

    private static Command ShowCommand()
    {
        var scope = new ScopeOptions();
        var json = CommandOutput.JsonOption();
        var show = new Command("show", "Show limit, spent, reserved and remaining of each budget, by the database.") { json };
        scope.AddTo(show);
        show.SetAction(async (parsed, cancellationToken) =>
        {
            var budgets = await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(new GetBudgets(await scope.FindAsync(parsed, mediator, cancelled)), cancelled),
                cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(budgets);
            else
                CommandOutput.WriteList(budgets.Budgets, asJson: false, Header, Cells, texts: 2);
            return Success;
        });
        return show;
    }

    private static Command AdjustmentsCommand()
    {
        var scope = new ScopeOptions();
        var json = CommandOutput.JsonOption();
        var adjustments = new Command("adjustments", "Show what has been put right, newest first.") { json };
        scope.AddTo(adjustments);
        adjustments.SetAction(async (parsed, cancellationToken) =>
        {
            var all = await CommandMessages.SendAsync(
                async (mediator, cancelled) =>
                {
                    var id = await scope.FindAsync(parsed, mediator, cancelled);
                    return await mediator.AllAsync(page => new ListBudgetAdjustments(id, page), cancelled);
                },
                cancellationToken);
            CommandOutput.WriteList(all, parsed.GetValue(json), AdjustmentHeader, Cells, texts: 5);
            return Success;
        });
        return adjustments;
    }

    private static Command AdjustCommand()
    {
        var scope = new ScopeOptions();
        var kind = KindOption();
        var period = new Option<string?>("--period") { Description = "Instead of --kind: 2026:11, 2026:11:21 or total" };
        var amount = new Option<string>("--amount")
        {
            Description = "US dollars like 12.50; below zero gives budget back: --amount=-1.50", Required = true,
        };
        var reason = ReasonOption();
        var json = CommandOutput.JsonOption();
        var adjust = new Command("adjust", "Add to what counts as spent of a budget, or take from it. The ledger stays as it is.")
        {
            kind, period, amount, reason, json,
        };
        scope.AddTo(adjust);
        adjust.SetAction((parsed, cancellationToken) =>
        {
            var command = new AdjustBudget(
                Dollars(parsed.GetRequiredValue(amount)), parsed.GetRequiredValue(reason), parsed.GetValue(kind), parsed.GetValue(period));
            return ChangeAsync(scope, parsed, json, id => command with { Id = id }, cancellationToken);
        });
        return adjust;
    }

    private static Command ResetCommand()
    {
        var scope = new ScopeOptions();
        var kind = KindOption();
        var reason = ReasonOption();
        var json = CommandOutput.JsonOption();
        var reset = new Command("reset", "Give back all that is spent of a budget by now.") { kind, reason, json };
        scope.AddTo(reset);
        reset.SetAction((parsed, cancellationToken) => ChangeAsync(
            scope, parsed, json, id => new ResetBudget(parsed.GetValue(kind), parsed.GetRequiredValue(reason)) { Id = id }, cancellationToken));
        return reset;
    }

    private static async Task<int> ChangeAsync(
        ScopeOptions scope, ParseResult parsed, Option<bool> json, Func<Guid, ICommand<AdjustedBudget>> command, CancellationToken cancellationToken)
    {
        var adjusted = await CommandMessages.SendAsync(
            async (mediator, cancelled) =>
            {
                var done = await mediator.Send(command(await scope.FindAsync(parsed, mediator, cancelled)), cancelled);
                return done with { InForce = await mediator.Send(new AwaitBudgetEpoch(done.Epoch), cancelled) };
            },
            cancellationToken);
        if (parsed.GetValue(json))
            CommandOutput.WriteJson(adjusted);
        else
            Console.WriteLine($"{Text(adjusted.Spent)} dollars of {adjusted.Adjustment.Period} count as spent now");
        if (!adjusted.InForce)
            await Console.Error.WriteLineAsync("Not every gateway counts by it yet; they do as soon as they reach the database");
        return Success;
    }

    private static Option<BudgetKind?> KindOption() => new("--kind") { Description = "daily, monthly or total: the budget that runs now" };

    private static Option<string> ReasonOption() => new("--reason") { Description = "For the audit log", Required = true };

    private static decimal Dollars(string text) => ExactDecimal.TryParse(text, out var dollars)
        ? dollars
        : throw new StartException($"--amount is '{text}': expected US dollars like 12.50 or -1.50");

    private static IReadOnlyList<string> Cells(BudgetStanding budget) =>
    [
        budget.Kind, budget.Period, Text(budget.Limit), Text(budget.Spent), Text(budget.Reserved), Text(budget.Remaining), Text(budget.SoftLimit),
    ];

    private static IReadOnlyList<string> Cells(BudgetAdjustment adjustment) =>
    [
        adjustment.CreatedAt.ToString("O", CultureInfo.InvariantCulture), adjustment.Kind, adjustment.Period, adjustment.ActorName, adjustment.Reason,
        Text(adjustment.Amount),
    ];

    private static string Text(decimal? dollars) => dollars is { } amount ? ExactDecimal.Write(amount) : "-";

    /// <summary>Whose budgets: a key's, by its name or id, or a project's, by its id or as an option by its name.</summary>
    private sealed class ScopeOptions
    {
        private readonly Argument<string?> id = new("key") { Description = "A key's name or id, or a project's id", Arity = ArgumentArity.ZeroOrOne };
        private readonly Option<string?> project = new("--project") { Description = "Instead: the name of a project" };

        public void AddTo(Command command)
        {
            command.Arguments.Add(id);
            command.Options.Add(project);
            command.Validators.Add(parsed =>
            {
                if (parsed.GetResult(id) is { Tokens.Count: > 0 } == parsed.GetResult(project) is not null)
                    parsed.AddError("Expected a key's name or id, a project's id, or --project with a project's name");
            });
        }

        public async Task<Guid> FindAsync(ParseResult parsed, IMediator mediator, CancellationToken cancellationToken)
        {
            if (parsed.GetValue(project) is not { } name)
            {
                var given = parsed.GetValue(id)!;
                return Guid.TryParse(given, out var known) ? known : (await KeyCommands.FindAsync(mediator, given, cancellationToken)).Id;
            }

            return (await ProjectCommands.FindAsync(mediator, name, cancellationToken)).Id;
        }
    }
}
