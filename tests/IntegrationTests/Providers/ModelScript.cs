using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>
/// What a model says next, whatever wire it is said on. A script that does not say how it finishes does so in the ordinary
/// way; one in which something goes wrong ends there.
/// </summary>
internal sealed record ModelScript(params ImmutableArray<ModelStep> Steps)
{
    public ModelUsage Usage { get; init; } = new();

    /// <summary>Most bytes that are written at a time; null: as they come. 1 tries whoever thinks that a read is an event.</summary>
    public int? PieceSize { get; init; }

    /// <summary>Why it finishes.</summary>
    public FinishReason Reason =>
        Steps.OfType<Finish>().LastOrDefault()?.Reason ?? (Steps.OfType<CallTools>().Any() ? FinishReason.ToolUse : FinishReason.EndTurn);

    public string Text => string.Concat(Steps.OfType<Say>().SelectMany(say => say.Pieces));

    public IEnumerable<ToolCall> Calls => Steps.OfType<CallTools>().SelectMany(step => step.Calls);
}

/// <summary>Numbers of tokens.</summary>
/// <param name="Input">Read without help of a cache; the whole prompt is this and what was read from and written to one.</param>
/// <param name="Output">With reasoning.</param>
/// <param name="Reasoning">The part of <paramref name="Output"/> that was thought.</param>
internal sealed record ModelUsage(long Input = 20, long CachedRead = 0, long CacheWrite = 0, long Output = 7, long Reasoning = 0)
{
    public long Prompt => Input + CachedRead + CacheWrite;
}

internal enum FinishReason
{
    EndTurn,
    ToolUse,
    MaxTokens,
    StopSequence,
    Filtered,
}

/// <summary>Something to say, or to go wrong.</summary>
internal abstract record ModelStep;

/// <summary>Text, in as many pieces as a stream is to have.</summary>
internal sealed record Say(params ImmutableArray<string> Pieces) : ModelStep;

internal sealed record Think(string Text) : ModelStep
{
    /// <summary>Servers want it back with the thought.</summary>
    public string Signature { get; init; } = SignatureOf(Text);

    /// <summary>The right signature of a thought, and of nothing else.</summary>
    public static string SignatureOf(string thought) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes("thought by the model: " + thought)));
}

/// <summary>Calls in parallel.</summary>
internal sealed record CallTools(params ImmutableArray<ToolCall> Calls) : ModelStep;

/// <param name="Arguments">Fragments of JSON; none at all for a tool without parameters.</param>
internal sealed record ToolCall(string Id, string Name, params ImmutableArray<string> Arguments)
{
    /// <summary>All of them, an object.</summary>
    public string WholeArguments => string.Concat(Arguments) is { Length: > 0 } json ? json : "{}";
}

internal sealed record Finish(FinishReason Reason) : ModelStep;

/// <summary>Begins the answer: its head, and what its wire says before there is any content.</summary>
internal sealed record Begin : ModelStep;

/// <summary>Says nothing until told.</summary>
internal sealed record Hold(Task Until) : ModelStep;

/// <summary>Says no more, and tells when whoever asked has hung up.</summary>
/// <param name="Reached">Is told that nothing more comes.</param>
internal sealed record UntilHungUp(TaskCompletionSource Reached, TaskCompletionSource HungUp) : ModelStep
{
    /// <summary>It gives no sign of life either, where its wire has one.</summary>
    public bool IsSilent { get; init; }
}

/// <summary>Says inside of a stream that it went wrong; where no stream has been asked for, by the status.</summary>
internal sealed record Fail(ModelFailure Failure, string Message = "The model is not well") : ModelStep;

/// <summary>Says it by the status, streamed or not.</summary>
internal sealed record HeadFailure(ModelFailure Failure, string Message = "The model is not well") : ModelStep;

internal enum ModelFailure
{
    Internal,
    Overloaded,
    RateLimited,
}

/// <summary>Ends before the end.</summary>
internal sealed record BreakOff(BreakOffWay Way) : ModelStep;

internal enum BreakOffWay
{
    /// <summary>The connection is closed in order.</summary>
    Closed,

    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>The body is ended in order, and lacks its last part.</summary>
    Unfinished,
}

/// <summary>Answers with this, whatever was asked: any status, HTML, or a provider's way to refuse.</summary>
/// <param name="Headers">Lines of the head.</param>
internal sealed record Reply(int Status, string Body, string ContentType = "application/json", params ImmutableArray<string> Headers) : ModelStep
{
    /// <summary>What stands in front of a provider and is not well.</summary>
    public static Reply Html(int status) => new(status, "<html><head><title>Bad gateway</title></head><body>cloud-proxy</body></html>", "text/html");
}
