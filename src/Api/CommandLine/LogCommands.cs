using System.CommandLine;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.ResponseLogs;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway logs …</c></summary>
internal static class LogCommands
{
    private const int Success = 0;
    private const int UsualLines = 10;

    public static Command Create() => new("logs", "Look at calls in the log.") { TailCommand(), ShowCommand() };

    private static Command TailCommand()
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with calls as they come, until interrupted" };
        var lines = new Option<int>("--lines", "-n")
        {
            Description = $"How many of the calls there are, 0 to {PageRequest.MaxLimit}", DefaultValueFactory = _ => UsualLines,
        };
        lines.Validators.Add(parsed =>
        {
            if (parsed.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number is < 0 or > PageRequest.MaxLimit))
                parsed.AddError($"--lines is '{token.Value}': expected 0 to {PageRequest.MaxLimit}");
        });
        var json = new Option<bool>("--json") { Description = "Print a JSON object a line" };
        var filter = new RequestFilterOptions();
        var tail = new Command("tail", "Show the latest calls, one a line: when, id, key, model, status, outcome, tokens, cost, latency.")
        {
            follow, lines, json,
        };
        filter.AddTo(tail);
        tail.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                await CommandMessages.SendAsync(
                    async (mediator, cancelled) =>
                    {
                        await new LogTail(mediator, filter.Read(parsed), parsed.GetValue(json), Console.Out, TimeProvider.System)
                            .RunAsync(parsed.GetValue(lines), parsed.GetValue(follow), cancelled);
                        return Success;
                    },
                    cancellationToken);
            }
            catch (OperationCanceledException) when (parsed.GetValue(follow) && cancellationToken.IsCancellationRequested)
            {
                // That is how it is meant to end.
            }

            return Success;
        });
        return tail;
    }

    private static Command ShowCommand()
    {
        var id = new Argument<string>("request-id") { Description = "req_…, as in X-Request-ID" };
        var json = CommandOutput.JsonOption();
        var show = new Command("show", "Show one call with what was said in it. The audit log tells who asked.") { id, json };
        show.SetAction(async (parsed, cancellationToken) =>
        {
            var (request, response) = await CommandMessages.SendAsync(
                async (mediator, cancelled) => (
                    await mediator.Send(new GetRequest(parsed.GetRequiredValue(id)), cancelled),
                    await mediator.Send(new GetResponse(parsed.GetRequiredValue(id)), cancelled)),
                cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(new { request, response });
            else
                LogText.Write(Console.Out, request, response);
            return Success;
        });
        return show;
    }
}
