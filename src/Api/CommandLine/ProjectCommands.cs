using System.CommandLine;
using System.Globalization;
using CleanGateway.Application.Projects;
using CleanGateway.Domain.Usage;

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

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "What it is called; no two have one name" };
        var limits = new UsageLimitOptions();
        var create = new Command("create", "Make a project, and print its id.") { name };
        limits.AddTo(create);
        create.SetAction((parsed, cancellationToken) => CreateAsync(parsed.GetRequiredValue(name), limits.Read(parsed), cancellationToken));

        var list = new Command("list", "Show the projects, how many keys belong to each, and what they may use together.");
        list.SetAction((_, cancellationToken) => ListAsync(cancellationToken));

        return new Command("projects", "Look after projects: keys that share limits and budgets.") { create, list };
    }

    private static async Task<int> CreateAsync(string name, UsageLimits limits, CancellationToken cancellationToken)
    {
        var project = await CommandMessages.SendAsync(new CreateProject(name, limits), cancellationToken);
        Console.WriteLine(project.Id);
        return Success;
    }

    private static async Task<int> ListAsync(CancellationToken cancellationToken)
    {
        var projects = await CommandMessages.SendAsync(new ListProjects(), cancellationToken);
        TextTable.Write(Console.Out, Header, projects.Select(Cells), Texts);
        return Success;
    }

    private static IReadOnlyList<string> Cells(ProjectItem project) =>
    [
        project.Id.ToString(), project.Name, project.Enabled ? "yes" : "no", Text(project.Keys),
        Text(project.Limits.RateLimit), Text(project.Limits.TokensPerMinute), Text(project.Limits.MaxConcurrent),
        Text(project.Limits.DailyBudget), Text(project.Limits.MonthlyBudget), Text(project.Limits.TotalBudget), Text(project.Limits.SoftBudget),
    ];

    private static string Text(IFormattable? number) => number?.ToString(null, CultureInfo.InvariantCulture) ?? "-";
}
