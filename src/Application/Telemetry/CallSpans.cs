using System.Diagnostics;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Telemetry;

/// <summary>The gateway's own spans of a call. Where nobody listens none is made, and asking costs a look at a field.</summary>
internal static class CallSpans
{
    public static readonly ActivitySource Source = new(ModelCall.SourceName);

    public static Activity? Admission() => Source.StartActivity("cleangateway.admission");

    public static Activity? JournalAccept() => Source.StartActivity("cleangateway.journal.accept");

    public static Activity? JournalComplete() => Source.StartActivity("cleangateway.journal.complete");

    /// <summary>What goes upstream: the place below the innermost span there is, else what the caller has sent.</summary>
    public static TraceContext? Onwards(ClientCall call) =>
        (call.ModelCall?.TraceParent ?? call.ServerSpan?.Id) is { } parent ? new TraceContext(parent, call.TraceContext?.TraceState) : call.TraceContext;

    /// <summary>Says on the call's own span whether its key's limits let it through.</summary>
    public static void Admitted(ClientCall call, GatewayError? refusal)
    {
        if (call.ServerSpan is { IsAllDataRequested: true } span)
            span.SetTag("cleangateway.admission.outcome", refusal is not null ? refusal.Code : call.Caller.IsLimited ? "admitted" : "unlimited");
    }

    /// <summary>Says on the call's own span whose it was and what came of it.</summary>
    public static void Ended(ClientCall call, Exchange exchange)
    {
        if (call.ServerSpan is not { IsAllDataRequested: true } span)
            return;

        span.SetTag("cleangateway.key.id", call.Caller.Id.Value.ToString());
        if (call.Caller.ProjectId is { } project)
            span.SetTag("cleangateway.project.id", project.Value.ToString());
        span.SetTag("cleangateway.outcome", exchange.Response.Outcome);
        if (exchange.Usage is { } billed)
        {
            span.SetTag("cleangateway.model", billed.Model);
            if (billed.TotalCostUsd is { } dollars)
                span.SetTag("cleangateway.cost.nanodollars", Money.Settle(dollars).NanoDollars);
            else
                span.SetTag("cleangateway.cost.unknown_reason", billed.UnpricedReason);
        }

        if (exchange.Response.ErrorCode is not { } code)
            return;

        // What the caller did wrong is no error of the server's (OpenTelemetry, HTTP server spans); nor is it that it left.
        span.SetTag("error.type", code);
        if (exchange.Response.StatusCode is not (>= 400 and < 500) && exchange.Response.Outcome != ExchangeOutcome.ClientClosed.ToSnakeCase())
            span.SetStatus(ActivityStatusCode.Error);
    }
}
