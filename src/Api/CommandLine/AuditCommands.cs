using System.CommandLine;
using System.Globalization;
using CleanGateway.Application.AuditLog;
using CleanGateway.Application.Common;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway audit …</c></summary>
internal static class AuditCommands
{
    private const int Success = 0;
    private const int Texts = 8;
    private static readonly string[] Header = ["at", "actor", "action", "target_type", "target_id", "target_name", "changed", "reason"];

    public static Command Create() => new("audit", "Look at the audit log: who changed or read what.") { ListCommand() };

    private static Command ListCommand()
    {
        var lines = new Option<int>("--lines", "-n")
        {
            Description = $"How many, 1 to {PageRequest.MaxLimit}", DefaultValueFactory = _ => PageRequest.DefaultLimit,
        };
        var from = new Option<string?>("--from") { Description = "A date, or a date and time with offset. Without: the beginning" };
        var to = new Option<string?>("--to") { Description = "The same; this moment itself is left out. Without: now" };
        var actor = new Option<string?>("--actor") { Description = "The name or the id of whoever it was" };
        var action = new Option<string?>("--action") { Description = "For example adjust_budget" };
        var targetType = new Option<string?>("--target-type") { Description = "For example api_key" };
        var targetId = new Option<string?>("--target-id") { Description = "The id of what was changed or read" };
        var request = new Option<string?>("--request-id") { Description = "The X-Request-ID of the request that did it" };
        var json = CommandOutput.JsonOption();
        var list = new Command("list", "Show the latest entries, newest first.")
        {
            lines, from, to, actor, action, targetType, targetId, request, json,
        };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            var filter = new AuditFilter
            {
                From = parsed.GetValue(from),
                To = parsed.GetValue(to),
                Actor = parsed.GetValue(actor),
                Action = parsed.GetValue(action),
                TargetType = parsed.GetValue(targetType),
                TargetId = parsed.GetValue(targetId),
                RequestId = parsed.GetValue(request),
            };
            var page = await CommandMessages.SendAsync(new ListAuditEntries(filter, new PageRequest(parsed.GetValue(lines))), cancellationToken);
            CommandOutput.WriteList(page.Data, parsed.GetValue(json), Header, Cells, Texts);
            return Success;
        });
        return list;
    }

    private static IReadOnlyList<string> Cells(AuditItem entry) =>
    [
        entry.CreatedAt.ToString("O", CultureInfo.InvariantCulture), $"{entry.ActorKind}:{entry.ActorName}", entry.Action, entry.TargetType,
        entry.TargetId ?? "-", entry.TargetName ?? "-", entry.Changed.Count == 0 ? "-" : string.Join(',', entry.Changed), entry.Reason ?? "-",
    ];
}
