using System.Text.Json;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>
/// A chat completion request: the caller's bytes, and the few fields the gateway has to understand. Everything else
/// in the body is none of its business and passes through untouched.
/// </summary>
public sealed class ChatRequest : InferenceRequest
{
    private ChatRequest(ReadOnlyMemory<byte> body) : base(body) { }

    public override ApiFormat Api => ApiFormat.ChatCompletions;

    /// <summary>The caller asked for the usage chunk at the end of a stream.</summary>
    public bool IncludeUsage { get; private set; }

    /// <summary>Where the value of <c>max_tokens</c> stands; null when there is none.</summary>
    public JsonSlice? MaxTokensAt { get; private set; }

    /// <summary>Where the value of <c>max_completion_tokens</c> stands; null when there is none.</summary>
    public JsonSlice? MaxCompletionTokensAt { get; private set; }

    public bool HasTools { get; private set; }

    /// <summary>The answer may be spoken.</summary>
    public bool MaySpeak { get; private set; }

    /// <summary>Where the value of <c>stream_options</c> stands; null when there is none.</summary>
    public JsonSlice? StreamOptionsAt { get; private set; }

    /// <summary>Where the value of <c>stream_options.include_usage</c> stands; null when there is none.</summary>
    public JsonSlice? IncludeUsageAt { get; private set; }

    /// <summary>Where <c>messages</c> stands.</summary>
    public JsonSlice MessagesAt { get; private set; }

    internal override bool HidesUsage => !IncludeUsage;

    public override long EstimatePrompt() =>
        Math.Min(PromptEstimate.Of(Body.Span.Slice(MessagesAt.Start, MessagesAt.Length)), BoundPrompt(mostInput: null).Tokens);

    /// <summary>The most tokens that the input can be.</summary>
    /// <param name="mostInput">What the model takes; null when not known.</param>
    internal PromptBound BoundPrompt(long? mostInput)
    {
        var bound = PromptBound.Of(Body.Span, MessagesAt, HasTools, mostInput);

        // Pages that are found are read as part of the prompt, and nobody knows how long they are.
        return MaySearch ? bound with { Tokens = mostInput ?? TokenUsage.MaxTokens } : bound;
    }

    internal override CallNeeds Needs(InferenceTarget target) => ChatNeeds.Of(this, target);

    public override AnswerFacts Read(ReadOnlySpan<byte> json) => ChatFacts.Read(json);

    public override bool HasContent(ReadOnlySpan<byte> json, AnswerFacts facts) => facts.Usage is not null || ChatFacts.HasContent(json);

    internal override long BytesSaid(ReadOnlySpan<byte> json) => OutputEstimate.BytesSaid(json);

    internal override ITranscript NewTranscript() => new ChatTranscript();

    /// <summary>Reads a body, or says in one error what is wrong with it.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> body, out ChatRequest request, out GatewayError? error)
    {
        request = new ChatRequest(WithoutMark(body));
        error = StrictJson.Check(request.Body.Span) ?? request.ReadBody(request.Body.Span);
        return error is null;
    }

    private GatewayError? ReadBody(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return GatewayError.Invalid("The request body must be a JSON object.", code: "invalid_type");

        FirstMemberAt = (int)reader.BytesConsumed;
        string? safetyIdentifier = null;
        string? user = null;
        long? maxTokens = null;
        long? maxCompletionTokens = null;
        var (hasModel, hasMessages) = (false, false);

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            GatewayError? error;
            if (reader.Says("model"u8))
                error = ReadModel(ref reader, out hasModel);
            else if (reader.Says("messages"u8))
                error = ReadMessages(ref reader, out hasMessages);
            else if (reader.Says("stream"u8))
                error = ReadStream(ref reader);
            else if (reader.Says("stream_options"u8))
                error = ReadStreamOptions(ref reader);
            else if (reader.Says("user"u8))
                error = Fields.String(ref reader, "user", out user);
            else if (reader.Says("safety_identifier"u8))
                error = Fields.String(ref reader, "safety_identifier", out safetyIdentifier);
            else if (reader.Says("max_tokens"u8))
                (error, MaxTokensAt) = ReadCap(ref reader, "max_tokens", out maxTokens);
            else if (reader.Says("max_completion_tokens"u8))
                (error, MaxCompletionTokensAt) = ReadCap(ref reader, "max_completion_tokens", out maxCompletionTokens);
            else if (reader.Says("n"u8))
                error = ReadChoices(ref reader);
            else if (reader.Says("service_tier"u8))
                error = ReadServiceTier(ref reader);
            else if (reader.Says("tools"u8) || reader.Says("functions"u8))
                HasTools |= IsGiven(ref reader, out error);
            else if (reader.Says("web_search_options"u8))
                MaySearch = IsGiven(ref reader, out error);
            else if (reader.Says("audio"u8))
                MaySpeak = IsGiven(ref reader, out error);
            else
                error = Fields.Skip(ref reader);

            if (error is not null)
                return error;
        }

        User = safetyIdentifier ?? user;
        MaxTokens = maxCompletionTokens ?? maxTokens;
        HasTwoCaps = maxTokens is not null && maxTokens != MaxTokens;
        return !hasModel ? Fields.Missing("model")
            : !hasMessages ? Fields.Missing("messages")
            : null;
    }

    private GatewayError? ReadMessages(ref Utf8JsonReader reader, out bool present)
    {
        reader.Read();
        present = reader.TokenType != JsonTokenType.Null;
        if (reader.TokenType != JsonTokenType.StartArray)
            return present ? Fields.WrongType(ref reader, "messages", "an array of messages") : null;

        var start = reader.TokenStartIndex;
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                return Fields.WrongType(ref reader, $"messages[{count}]", "an object");

            reader.Skip();
            count++;
        }

        MessagesAt = JsonSlice.Between(start, reader.BytesConsumed);
        return count == 0
            ? GatewayError.Invalid("Invalid 'messages': the array is empty, at least one message is needed.", "messages", "empty_array")
            : null;
    }

    private GatewayError? ReadStreamOptions(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
            return Fields.WrongType(ref reader, "stream_options", "an object");

        var start = reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.Says("include_usage"u8))
                {
                    Fields.Skip(ref reader);
                    continue;
                }

                if (Fields.Boolean(ref reader, "stream_options.include_usage", out var includeUsage) is { } error)
                    return error;

                IncludeUsage = includeUsage ?? false;
                IncludeUsageAt = JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed);
            }
        }

        StreamOptionsAt = JsonSlice.Between(start, reader.BytesConsumed);
        return null;
    }

    private static (GatewayError? Error, JsonSlice? At) ReadCap(ref Utf8JsonReader reader, string name, out long? cap)
    {
        var error = Fields.Integer(ref reader, name, 1, int.MaxValue, out cap);
        return (error, JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed));
    }

    private static bool IsGiven(ref Utf8JsonReader reader, out GatewayError? error)
    {
        reader.Read();
        var given = reader.TokenType != JsonTokenType.Null;
        reader.Skip();
        error = null;
        return given;
    }

    private GatewayError? ReadChoices(ref Utf8JsonReader reader)
    {
        var error = Fields.Integer(ref reader, "n", 1, 128, out var choices);
        Choices = (int)(choices ?? 1);
        return error;
    }
}
