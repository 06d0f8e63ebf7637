using System.Diagnostics;
using OpenTelemetry;

namespace CleanGateway.Infrastructure.Telemetry;

/// <summary>
/// Lets of the web server's spans only those through that are calls of models, and takes out of them what may hold
/// secrets or callers' words: mistakes have put keys into paths before.
/// </summary>
internal sealed class ServerSpans : BaseProcessor<Activity>
{
    /// <summary>The source of the web server's spans.</summary>
    public const string SourceName = "Microsoft.AspNetCore";

    // What marks them: set where a route is one of a model's API.
    private const string Route = "http.route";
    private static readonly string[] Untold = ["url.path", "url.query", "url.full", "http.target", "user_agent.original"];

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != SourceName)
            return;

        if (data.GetTagItem(Route) is null)
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        foreach (var name in Untold)
            data.SetTag(name, null);
    }
}
