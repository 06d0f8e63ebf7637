using System.Globalization;
using System.Text.Json;
using CleanGateway.Domain.RequestLogs;

namespace CleanGateway.Infrastructure.Validation;

/// <summary>3 to 5: one call, its two rows, and the join that leads from one to the other.</summary>
internal sealed class CallChecks(ValidationRun run)
{
    private const string Route = "/v1/chat/completions";
    private const string NoDatabase = "The database cannot be read";

    // When the database is healthy a row is there sooner (the documents' printed sequence finds it every time).
    private const double PromptMs = 100;

    public IReadOnlyList<Func<CancellationToken, Task<ValidationCheck>>> All => [CallAsync, RowsAsync, JoinAsync];

    private async Task<ValidationCheck> CallAsync(CancellationToken cancellationToken)
    {
        const string Name = "chat_call";
        const string Title = "chat call 200";
        try
        {
            var call = await run.Gateway.CallAsync(cancellationToken);
            (run.Call, run.AnsweredAt) = (call, run.Clock.GetTimestamp());
            if (call.Status != 200)
                return Failed(3, Name, Title, $"{call.Status}: {ErrorOf(call)}", run.Advice.Refused(call.Status, ErrorCode(call)));
            if (call.RequestId is not { } text || !RequestId.TryParse(text, out var id))
                return Failed(3, Name, Title, "200, but without the X-Request-ID of a CleanGateway", run.Advice.OtherService());
            if (call.Json is not { } answer || !IsCompletion(answer))
                return Failed(3, Name, Title, $"200, {id}, but the answer is no chat completion", run.Advice.OddAnswer());

            run.CallId = id;
            run.Figures = run.Figures with { RequestId = id.Value };
            return ValidationRun.Passed(
                3, Name, Title, $"200, X-Request-ID {id}, X-DB-Overhead {Ms(call.OverheadMs)}, X-Total-Latency {Ms(call.LatencyMs)}");
        }
        catch (Exception silent) when (silent is HttpRequestException or TimeoutException)
        {
            return Failed(3, Name, Title, silent.GetBaseException().Message, run.Advice.NoGateway(silent));
        }
    }

    private async Task<ValidationCheck> RowsAsync(CancellationToken cancellationToken)
    {
        const string Name = "rows";
        const string Title = "rows present";
        if (run.CallId is not { } id || run.Connection is null || run.Log is not { } log)
            return ValidationRun.NotTried(4, Name, Title, run.CallId is null ? "No call was answered whose rows there could be" : NoDatabase);

        try
        {
            var found = await log.FindAsync(id, run.Target.Patience, run.Clock, cancellationToken);
            var after = run.Clock.GetElapsedTime(run.AnsweredAt).TotalMilliseconds;
            if (found is not { Requests: [var request], Responses: 1 })
                return await MissingAsync(log, id, found, cancellationToken);

            (run.RowsFound, run.Figures) = (true, run.Figures with { VisibleAfterMs = Math.Round(after, 1) });
            var seen =
                $"requests.id {request.Id} and its response, {request.Route}, {request.Model}, {request.Status}, seen {Ms(after)} after the answer";
            if ((request.Route, request.Model, request.Status) != (Route, run.Target.Model, 200))
                return Failed(4, Name, Title, $"{seen}; expected {Route}, {run.Target.Model}, 200", run.Advice.OtherRow(id));

            return after <= PromptMs
                ? ValidationRun.Passed(4, Name, Title, seen)
                : run.Advice.LateRows().On(new ValidationCheck(4, Name, Title, ValidationVerdict.Warning, $"{seen}; {PromptMs} ms are usual", 0));
        }
        catch (Exception failure) when (DatabaseCheck.IsOfDatabase(failure))
        {
            return Failed(4, Name, Title, DatabaseCheck.Reason(failure), run.Advice.NoDatabase(failure));
        }

        async Task<ValidationCheck> MissingAsync(LogProbe log, RequestId id, RowsLook found, CancellationToken cancelled)
        {
            var newest = await log.NewestAsync(cancelled);
            var latest = newest is { } at
                ? $"the latest call in the log is of {at.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)} UTC"
                : "the log is empty";
            return Failed(
                4, Name, Title,
                $"{found.Requests.Count} rows in requests and {found.Responses} in responses for {id} after "
                + $"{run.Target.Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s; {latest}",
                run.Advice.MissingRows(id));
        }
    }

    private async Task<ValidationCheck> JoinAsync(CancellationToken cancellationToken)
    {
        const string Name = "join";
        const string Title = "join proves it";
        if (!run.RowsFound || run.Log is not { } log || run.CallId is not { } id)
            return ValidationRun.NotTried(5, Name, Title, "There are no rows to join");

        try
        {
            return await log.JoinAsync(id, cancellationToken) switch
            {
                [var joined] when joined.RequestId == id.Value && joined.Outcome == "ok" => ValidationRun.Passed(
                    5, Name, Title,
                    $"responses.id {joined.ResponseId} → requests.id {joined.Id} ({joined.RequestId}), "
                    + $"{joined.LatencyMs.ToString(CultureInfo.InvariantCulture)} ms, "
                    + $"{joined.TotalTokens?.ToString(CultureInfo.InvariantCulture) ?? "unknown"} tokens"),
                [var other] => Failed(5, Name, Title, $"the response's outcome is {other.Outcome}; expected ok", run.Advice.OtherRow(id)),
                var rows => Failed(5, Name, Title, $"{rows.Count} rows; expected 1", run.Advice.OtherRow(id)),
            };
        }
        catch (Exception failure) when (DatabaseCheck.IsOfDatabase(failure))
        {
            return Failed(5, Name, Title, DatabaseCheck.Reason(failure), run.Advice.NoDatabase(failure));
        }
    }

    /// <summary>What an answer that is no success says about itself, in OpenAI's form.</summary>
    public static string ErrorOf(HttpLook call) =>
        Error(call) is { } error && error.TryGetProperty("message", out var message) ? $"{ErrorCode(call)}: {message}" : "no error in OpenAI's form";

    private static string? ErrorCode(HttpLook call) =>
        Error(call) is { } error && error.TryGetProperty("code", out var code) ? code.ToString() : null;

    private static JsonElement? Error(HttpLook call) =>
        call.Json is { } json && json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error : null;

    private static bool IsCompletion(JsonElement answer) =>
        answer.TryGetProperty("object", out var kind) && kind.ValueKind == JsonValueKind.String && kind.ValueEquals("chat.completion")
        && answer.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0;

    private static string Ms(double? milliseconds) => milliseconds is { } ms ? $"{ms.ToString("0.##", CultureInfo.InvariantCulture)} ms" : "missing";

    private static ValidationCheck Failed(int number, string name, string title, string seen, Advice advice) =>
        advice.On(new ValidationCheck(number, name, title, ValidationVerdict.Failed, seen, 0));
}
