using System.Globalization;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.ResponseLogs;

namespace CleanGateway.Api.CommandLine;

/// <summary>One call, for people: a line for each fact, and then what was said.</summary>
internal static class LogText
{
    public static void Write(TextWriter output, RequestDetail request, ResponseDetail response)
    {
        CommandOutput.WriteOne(FactsOf(request, response));
        Write(output, "headers", request.Headers);
        Write(output, $"request body ({request.BodyForm})", request.Body);
        Write(output, $"response body ({response.BodyForm})", response.Body);
    }

    private static IEnumerable<(string Name, string Value)> FactsOf(RequestDetail request, ResponseDetail response) =>
    [
        ("request_id", request.Request.RequestId),
        ("created_at", request.Request.CreatedAt.ToString("O", CultureInfo.InvariantCulture)),
        ("client_request_id", request.Request.ClientRequestId ?? "-"),
        ("key_id", request.Request.ApiKey.ToString()),
        ("user_id", request.Request.UserId ?? "-"),
        ("url", $"{request.Request.Method} {request.Url}"),
        ("model", request.Request.Model ?? "-"),
        ("provider", request.Request.ProviderName ?? "-"),
        ("status", CommandOutput.Text(request.Request.StatusCode)),
        ("outcome", response.Response.ErrorCode is { } code ? $"{response.Response.Outcome} ({code})" : response.Response.Outcome),
        ("response_model", response.Response.ResponseModel ?? "-"),
        ("latency_ms", CommandOutput.Text(response.Response.LatencyMs)),
        ("prompt_tokens", CommandOutput.Text(response.Response.PromptTokens)),
        ("completion_tokens", CommandOutput.Text(response.Response.CompletionTokens)),
        ("cost", response.Response.Cost is { } cost ? CommandOutput.Text(cost) : $"- ({response.Response.UnpricedReason})"),
    ];

    // As it was stored, but for what would command the terminal.
    private static void Write(TextWriter output, string title, RawJson? json)
    {
        output.WriteLine();
        output.WriteLine($"{title}:");
        output.WriteLine(json is { } kept ? string.Concat(kept.Text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c)) : "-");
    }
}
