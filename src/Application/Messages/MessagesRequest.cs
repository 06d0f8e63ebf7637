using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Messages;

/// <summary>
/// A request of Anthropic's <c>POST /v1/messages</c>: the caller's bytes, and the few fields the gateway has to
/// understand. Everything else in the body is none of its business and passes through untouched.
/// </summary>
public sealed class MessagesRequest : InferenceRequest
{
    /// <summary>What callers mean who do not say which version of the API they speak.</summary>
    public const string UsualVersion = "2023-06-01";

    private MessagesPrompt? prompt;
    private int mostSearches;

    private MessagesRequest(ReadOnlyMemory<byte> body, MessagesHeaders headers) : base(body) => Headers = headers;

    public override ApiFormat Api => ApiFormat.Messages;

    public MessagesHeaders Headers { get; }

    /// <summary>Where the value of <c>max_tokens</c> stands; null when there is none.</summary>
    public JsonSlice? MaxTokensAt { get; private set; }

    /// <summary>Where <c>messages</c> stands.</summary>
    public JsonSlice MessagesAt { get; private set; }

    /// <summary>Where the value of <c>system</c> stands; null when there is none.</summary>
    public JsonSlice? SystemAt { get; private set; }

    /// <summary>Where the value of <c>tools</c> stands; null when there is none.</summary>
    public JsonSlice? ToolsAt { get; private set; }

    /// <summary><c>thinking.budget_tokens</c>: part of the output cap, and to be less than it.</summary>
    public long? ThinkingBudget { get; private set; }

    /// <summary>Where the value of <c>thinking.budget_tokens</c> stands; null when there is none.</summary>
    public JsonSlice? ThinkingBudgetAt { get; private set; }

    /// <summary>The provider has tools of its own to use, whose findings are input too.</summary>
    public bool HasServerTools { get; private set; }

    /// <summary>The dearer, faster way of working is asked for.</summary>
    public bool IsFast { get; private set; }

    /// <summary>Reads a body, or says in one error what is wrong with it.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> body, MessagesHeaders headers, out MessagesRequest request, out GatewayError? error) =>
        TryParse(body, headers, needsCap: true, out request, out error);

    /// <summary>The same for a body that need not have an output cap, because nothing is put out.</summary>
    internal static bool TryParse(
        ReadOnlyMemory<byte> body, MessagesHeaders headers, bool needsCap, out MessagesRequest request, out GatewayError? error)
    {
        request = new MessagesRequest(WithoutMark(body), headers);
        error = StrictJson.Check(request.Body.Span);
        if (error is not null)
            return false;

        var fields = new MessagesFields();
        error = fields.Read(request.Body.Span) ?? fields.Missing(needsCap) ?? headers.Check();
        request.Take(fields);
        return error is null;
    }

    public override long EstimatePrompt() => Measure().Estimate;

    public override UsageReport Used(UsageReport counted, long outputTokens)
    {
        var usage = base.Used(counted, outputTokens);
        return IsFast && usage.Usage is { Details: not { Speed: not null } } used
            ? usage with { Usage = used with { Details = (used.Details ?? new UsageDetails()) with { Speed = "fast" } } }
            : usage;
    }

    internal override CallNeeds Needs(InferenceTarget target)
    {
        var cap = target.MaxOutputTokens is { } most ? Math.Min(MaxTokens ?? most, most) : MaxTokens;

        // Clients put the model's own most where people say nothing: it is no sign of a long answer.
        var expected = MaxTokens is { } asked && asked < target.MaxOutputTokens ? asked : 0;
        return new CallNeeds(EstimatePrompt() + expected, CostOf(target), cap);
    }

    public override AnswerFacts Read(ReadOnlySpan<byte> json) => MessagesFacts.Read(json);

    public override bool HasContent(ReadOnlySpan<byte> json, AnswerFacts facts) =>
        facts.HasOutput || facts.Name is not ("message_start" or "ping" or "content_block_start" or "content_block_stop");

    internal override long BytesSaid(ReadOnlySpan<byte> json) => MessagesWords.BytesSaid(json);

    internal override ITranscript NewTranscript() => new MessagesTranscript();

    private CostBound? CostOf(InferenceTarget target)
    {
        if (target.Destination.Price is not { } price)
            return null;

        var size = Measure();
        var traits = new BoundTraits
        {
            ServiceTier = ServiceTier,
            WebSearch = MaySearch,
            Searches = mostSearches,
            ImagesIn = size.HasPictures || size.IsElsewhere,
            AudioIn = size.IsElsewhere,
            ImagesOut = true,   // whatever was asked for: only models that draw have a rate for it
            Fast = IsFast,
        };
        return price.BoundFor(size.BoundFor(target.MaxInputTokens), traits);
    }

    private MessagesPrompt Measure() => prompt ??= MessagesPrompt.Measure(Body, HasServerTools);

    private void Take(MessagesFields fields)
    {
        (Model, ModelAt, FirstMemberAt) = (fields.Model ?? "", fields.ModelAt, fields.FirstMemberAt);
        (MessagesAt, SystemAt, ToolsAt) = (fields.MessagesAt, fields.SystemAt, fields.ToolsAt);
        (MaxTokens, MaxTokensAt) = (fields.MaxTokens, fields.MaxTokensAt);
        (ThinkingBudget, ThinkingBudgetAt) = (fields.ThinkingBudget, fields.ThinkingBudgetAt);
        (Stream, User, IsFast) = (fields.Stream, fields.User, fields.Speed == "fast");
        (MaySearch, mostSearches, HasServerTools) = (fields.MaySearch, fields.MostSearches, fields.HasServerTools);
        ServiceTier = fields.ServiceTier == "standard_only" ? "default" : fields.ServiceTier;
    }
}

/// <summary>What a caller says in headers, and a provider that speaks the same API is told too.</summary>
/// <param name="Version">Of <c>anthropic-version</c>.</param>
/// <param name="Beta">All of <c>anthropic-beta</c>, separated by commas; null when there is none.</param>
public sealed record MessagesHeaders(string Version, string? Beta)
{
    private const int LongestHeader = 1024;

    public static MessagesHeaders None { get; } = new(MessagesRequest.UsualVersion, null);

    /// <returns>What cannot be told to any provider: anything but printable ASCII, or too much of it.</returns>
    internal GatewayError? Check() => Check("anthropic-version", Version) ?? Check("anthropic-beta", Beta);

    private static GatewayError? Check(string name, string? value) =>
        value is null || (value.Length <= LongestHeader && !value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            ? null
            : GatewayError.Invalid(
                $"Invalid header '{name}': expected at most {LongestHeader} characters of printable ASCII.", name, "invalid_value");
}
