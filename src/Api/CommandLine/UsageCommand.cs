using System.CommandLine;
using System.Text.Json;
using CleanGateway.Api.Usage;
using CleanGateway.Application.Usage;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway usage</c>: what <c>GET /admin/usage</c> tells, from the database.</summary>
internal static class UsageCommand
{
    private const int Success = 0;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Command Create()
    {
        var groupBy = new Option<string?>("--group-by")
        {
            Description = "One or more of key, project, model, day, with commas between them. Without: key",
        };
        var from = new Option<string?>("--from")
        {
            Description = "A date, for example 2026-11-01, or a date and time with offset. Without: the first of this month",
        };
        var to = new Option<string?>("--to") { Description = "The same; this moment itself is left out. Without: now" };
        var key = new Option<string?>("--key-id") { Description = "Calls of this key only" };
        var project = new Option<string?>("--project-id") { Description = "Calls of this project only" };
        var model = new Option<string?>("--model") { Description = "Calls of this model only" };
        var csv = new Option<bool>("--csv") { Description = "Print comma-separated values" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var usage = new Command("usage", "Show what calls used and cost.") { groupBy, from, to, key, project, model, csv, json };
        usage.Validators.Add(parsed =>
        {
            if (parsed.GetValue(csv) && parsed.GetValue(json))
                parsed.AddError("--csv and --json exclude each other");
        });
        usage.SetAction(async (parsed, cancellationToken) =>
        {
            var query = new GetUsage(parsed.GetValue(groupBy), parsed.GetValue(from), parsed.GetValue(to))
            {
                KeyId = parsed.GetValue(key), ProjectId = parsed.GetValue(project), Model = parsed.GetValue(model),
            };
            Print(await CommandMessages.SendAsync(query, cancellationToken), parsed.GetValue(csv), parsed.GetValue(json));
            return Success;
        });
        return usage;
    }

    private static void Print(UsageSummary usage, bool asCsv, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(usage, Json));
        }
        else if (asCsv)
        {
            foreach (var line in UsageCsv.Lines(usage))
                Console.Write(line);
        }
        else
        {
            TextTable.Write(Console.Out, UsageCells.Header(usage), UsageCells.Lines(usage), texts: usage.GroupColumns().Count());
        }
    }
}
