using System.Text;
using System.Text.Json;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Inference;

/// <summary>
/// A request that a model answers, whichever API it came through: the caller's bytes, and the few fields the gateway
/// has to understand. It also knows how answers of its API are read.
/// </summary>
public abstract class InferenceRequest
{
    public const int MaxModelLength = 256;

    /// <summary>
    /// The most searches of the web that are held for an answer whose caller does not limit them: nothing else does, and
    /// hardly any model searches more.
    /// </summary>
    public const int UsualSearches = 16;

    private protected InferenceRequest(ReadOnlyMemory<byte> body) => Body = body;

    public abstract ApiFormat Api { get; }

    /// <summary>The whole body, valid JSON.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The model or alias, as the caller wrote it.</summary>
    public string Model { get; private protected set; } = "";

    /// <summary>Where the value of <c>model</c> stands, quotes included.</summary>
    public JsonSlice ModelAt { get; private protected set; }

    /// <summary>Right behind the body's first brace.</summary>
    public int FirstMemberAt { get; private protected set; }
    public bool Stream { get; private protected set; }

    /// <summary>The end user the caller speaks for.</summary>
    public string? User { get; private protected set; }

    /// <summary>The output cap of each choice, in tokens: the gateway's, else the caller's; null when there is none.</summary>
    public long? MaxTokens { get; private protected set; }

    /// <summary>The caller sent two output caps that differ: providers do not agree on which of them counts.</summary>
    public bool HasTwoCaps { get; private protected set; }

    /// <summary>The gateway has set the output cap; it has to reach the provider.</summary>
    public bool IsCapped { get; private set; }

    /// <summary>How many answers are asked for.</summary>
    public int Choices { get; private protected set; } = 1;

    /// <summary>The service tier that is asked for, in OpenAI's words.</summary>
    public string? ServiceTier { get; private protected set; }

    /// <summary>The provider may search the web for the answer.</summary>
    public bool MaySearch { get; private protected set; }

    /// <summary>Providers do not charge for such a call: it is logged, and no line of the ledger.</summary>
    internal virtual bool IsFree => false;

    /// <summary>A stream's usage is asked for by the gateway alone, and not for the caller's eyes.</summary>
    internal virtual bool HidesUsage => false;

    /// <summary>An answer that was counted shows how often the web was searched for it; without a word of that it was not.</summary>
    internal virtual bool TellsSearches => false;

    /// <summary>About how many tokens the input is.</summary>
    public abstract long EstimatePrompt();

    /// <summary>What the call is booked at if it may be billed and nobody ever counts it: all of its output cap; null where it has none.</summary>
    public virtual TokenUsage? Reserve() => MaxTokens is { } cap ? new TokenUsage(EstimatePrompt(), cap * Choices) : null;

    /// <summary>What a call that nobody counted has used, as far as can be told: never more than was reserved for it.</summary>
    public UsageReport Estimate(long outputTokens) => UsageReport.Estimated(
        new TokenUsage(EstimatePrompt(), MaxTokens is { } cap ? Math.Min(outputTokens, cap * Choices) : outputTokens));

    /// <summary>What a call has used, counted or else estimated; in the tier that was asked for, where nobody says which it was.</summary>
    public virtual UsageReport Used(UsageReport counted, long outputTokens)
    {
        var usage = counted.Usage is null ? Estimate(outputTokens) : counted;
        if (MaySearch && !(TellsSearches && counted.Usage is not null) && usage.Usage is { Details: not { WebSearches: > 0 } } used)
            usage = usage with { Usage = used with { Details = (used.Details ?? new UsageDetails()) with { WebSearches = Choices } } };
        return ServiceTier is "priority" or "fast" or "flex" && usage.Usage?.Details?.ServiceTier is null ? usage.InTier(ServiceTier) : usage;
    }

    /// <summary>What a call has used that was sent and given up before it was answered.</summary>
    public TokenUsage Unanswered() => new(EstimatePrompt(), 0);

    /// <summary>What the call can come to at a target, before it is made.</summary>
    internal abstract CallNeeds Needs(InferenceTarget target);

    /// <summary>The same request with another output cap for each choice.</summary>
    public InferenceRequest Capped(long maxTokens)
    {
        var capped = (InferenceRequest)MemberwiseClone();
        capped.MaxTokens = maxTokens;
        capped.IsCapped = true;
        return capped;
    }

    /// <summary>What is to be known of an answer in the form of this request's API, or of one event of it.</summary>
    /// <exception cref="JsonException">Not a JSON object, or not JSON at all.</exception>
    public abstract AnswerFacts Read(ReadOnlySpan<byte> json);

    /// <summary>
    /// The event is one that the answer begins with: words, a call, an end or the usage, not only a role or a sign of life.
    /// </summary>
    /// <param name="json">An event of which <see cref="Read"/> has told <paramref name="facts"/>.</param>
    public abstract bool HasContent(ReadOnlySpan<byte> json, AnswerFacts facts);

    /// <summary>Bytes of what the model says in an answer or an event of it.</summary>
    internal abstract long BytesSaid(ReadOnlySpan<byte> json);

    internal abstract ITranscript NewTranscript();

    /// <summary>How a body that could not be read is logged: as it is only where it is surely JSON.</summary>
    public static LoggedBody Unread(ReadOnlyMemory<byte> body, GatewayError error) => error switch
    {
        { Kind: not GatewayErrorKind.Invalid } => LoggedBody.Omitted,
        _ when body.IsEmpty => LoggedBody.None,
        { Code: "invalid_json" or "duplicate_member" } => LoggedBody.Wrapped(body.Span),
        _ => LoggedBody.Exact(WithoutMark(body)),
    };

    /// <summary>Reads the model, which every request has to name.</summary>
    private protected GatewayError? ReadModel(ref Utf8JsonReader reader, out bool present)
    {
        var error = Fields.String(ref reader, "model", out var model);
        present = model is not null;
        ModelAt = JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed);
        Model = model ?? "";
        if (error is not null || !present)
            return error;

        return model is { Length: 0 or > MaxModelLength }
            ? GatewayError.Invalid($"Invalid 'model': it has {model.Length} characters, allowed are 1 to {MaxModelLength}.", "model", "invalid_value")
            : null;
    }

    private protected GatewayError? ReadStream(ref Utf8JsonReader reader)
    {
        var error = Fields.Boolean(ref reader, "stream", out var stream);
        Stream = stream ?? false;
        return error;
    }

    private protected GatewayError? ReadServiceTier(ref Utf8JsonReader reader)
    {
        var error = Fields.String(ref reader, "service_tier", out var tier);
        ServiceTier = tier;
        return error;
    }

    // A byte order mark in front of JSON may be ignored (RFC 8259, 8.1); upstreams and databases differ on it.
    private protected static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;
}
