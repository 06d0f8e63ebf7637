using System.Diagnostics;

namespace CleanGateway.Application.Telemetry;

/// <summary>A call's place in a trace, as W3C Trace Context writes it into headers.</summary>
/// <param name="TraceParent">The header <c>traceparent</c>.</param>
/// <param name="TraceState">The header <c>tracestate</c>; null for none.</param>
/// <seealso href="https://www.w3.org/TR/trace-context/"/>
public sealed record TraceContext(string TraceParent, string? TraceState)
{
    // Level 1, 3.3: at least 512 characters have to be passed on, and there are 32 members at most.
    private const int LongestState = 512;
    private const int MostMembers = 32;

    /// <summary>The trace's id: 32 lower-case hexadecimal digits.</summary>
    public string TraceId => TraceParent.Substring(3, 32);

    /// <returns>Null where there is none, or none that others would understand. A state that is wrong is left out.</returns>
    public static TraceContext? Read(string? traceParent, string? traceState) =>
        traceParent is not null && HasItsForm(traceParent) && ActivityContext.TryParse(traceParent, traceState: null, out _)
            ? new TraceContext(traceParent, IsState(traceState) ? traceState : null)
            : null;

    // Level 1, 3.2.2. The framework's parser takes anything for a dash.
    private static bool HasItsForm(string parent) =>
        parent.Length == 55 && parent[2] == '-' && parent[35] == '-' && parent[52] == '-'
        && !parent.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static bool IsState(string? state)
    {
        if (state is not { Length: > 0 and <= LongestState } || state.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return false;

        var members = 0;
        foreach (var range in state.AsSpan().Split(','))
        {
            // Members may be empty (3.3.1.1); others are a key, an equals sign and a value.
            var member = state.AsSpan()[range].Trim();
            if (!member.IsEmpty && (++members > MostMembers || member.IndexOf('=') <= 0 || member[^1] == '='))
                return false;
        }

        return members > 0;
    }
}
