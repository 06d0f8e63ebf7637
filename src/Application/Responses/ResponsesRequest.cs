using System.Text.Json;
using CleanGateway.Application.Admission;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Responses;

/// <summary>
/// A request of OpenAI's Responses API: the caller's bytes, and the few fields the gateway has to understand. Everything
/// else in the body passes through untouched.
/// </summary>
public sealed class ResponsesRequest : InferenceRequest
{
    private int? mostToolCalls;

    private ResponsesRequest(ReadOnlyMemory<byte> body) : base(body) { }

    public override ApiFormat Api => ApiFormat.Responses;

    /// <summary>Where the value of <c>max_output_tokens</c> stands; null when there is none.</summary>
    public JsonSlice? MaxOutputTokensAt { get; private set; }

    /// <summary>Where the value of <c>input</c> stands; null when there is none.</summary>
    public JsonSlice? InputAt { get; private set; }

    /// <summary>Where the value of <c>instructions</c> stands; null when there is none.</summary>
    public JsonSlice? InstructionsAt { get; private set; }

    public bool HasTools { get; private set; }

    /// <summary>
    /// Part of the prompt is not in the request: an earlier response, a stored prompt, or what tools that the provider
    /// runs itself put into it.
    /// </summary>
    public bool ContinuesElsewhere { get; private set; }

    internal override bool TellsSearches => true;

    public override long EstimatePrompt() => Math.Min(
        PromptEstimate.Of(At(InputAt)) + PromptEstimate.Of(At(InstructionsAt)), BoundPrompt(mostInput: null).Tokens);

    /// <summary>The most tokens that the input can be.</summary>
    /// <param name="mostInput">What the model takes; null when not known.</param>
    internal PromptBound BoundPrompt(long? mostInput) => ResponsesPrompt.Bound(Body.Span, InputAt, HasTools, ContinuesElsewhere, mostInput);

    internal override CallNeeds Needs(InferenceTarget target)
    {
        var cap = MaxTokens is { } asked && target.MaxOutputTokens is { } most ? Math.Min(asked, most) : MaxTokens ?? target.MaxOutputTokens;

        // A caller without a cap of its own is not counted as the longest answer there could be: hardly any is.
        return new CallNeeds(EstimatePrompt() + (MaxTokens is null ? 0 : cap!.Value), CostOf(target), cap);
    }

    public override AnswerFacts Read(ReadOnlySpan<byte> json) => ResponsesFacts.Read(json);

    public override bool HasContent(ReadOnlySpan<byte> json, AnswerFacts facts) => ResponsesFacts.HasContent(json);

    internal override long BytesSaid(ReadOnlySpan<byte> json) => ResponsesFacts.BytesSaid(json);

    internal override ITranscript NewTranscript() => new ResponsesTranscript();

    /// <summary>Reads a body, or says in one error what is wrong with it.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> body, out ResponsesRequest request, out GatewayError? error)
    {
        request = new ResponsesRequest(WithoutMark(body));
        error = StrictJson.Check(request.Body.Span) ?? request.ReadBody(request.Body.Span);
        return error is null;
    }

    private CostBound? CostOf(InferenceTarget target)
    {
        if (target.Destination.Price is not { } price)
            return null;

        var prompt = BoundPrompt(target.MaxInputTokens);
        var traits = new BoundTraits
        {
            ServiceTier = ServiceTier,
            WebSearch = MaySearch,
            Searches = mostToolCalls ?? UsualSearches,
            AudioIn = prompt.HasAudio,
            ImagesIn = prompt.HasPictures,
            ImagesOut = true,   // whatever was asked for: only models that draw have a rate for it
        };
        return price.BoundFor(prompt.Tokens, traits);
    }

    private ReadOnlySpan<byte> At(JsonSlice? value) => value is { } at ? Body.Span.Slice(at.Start, at.Length) : "null"u8;

    private GatewayError? ReadBody(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return GatewayError.Invalid("The request body must be a JSON object.", code: "invalid_type");

        FirstMemberAt = (int)reader.BytesConsumed;
        string? user = null, safetyIdentifier = null;
        var hasModel = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            GatewayError? error;
            if (reader.Says("model"u8))
                error = ReadModel(ref reader, out hasModel);
            else if (reader.Says("input"u8))
                error = ReadInput(ref reader);
            else if (reader.Says("instructions"u8))
                error = ReadInstructions(ref reader);
            else if (reader.Says("stream"u8))
                error = ReadStream(ref reader);
            else if (reader.Says("background"u8))
                error = ReadBackground(ref reader);
            else if (reader.Says("max_output_tokens"u8))
                error = ReadCap(ref reader);
            else if (reader.Says("max_tool_calls"u8))
                error = ReadMostToolCalls(ref reader);
            else if (reader.Says("tools"u8))
                error = ReadTools(ref reader);
            else if (reader.Says("service_tier"u8))
                error = ReadServiceTier(ref reader);
            else if (reader.Says("user"u8))
                error = Fields.String(ref reader, "user", out user);
            else if (reader.Says("safety_identifier"u8))
                error = Fields.String(ref reader, "safety_identifier", out safetyIdentifier);
            else if (reader.Says("previous_response_id"u8) || reader.Says("conversation"u8) || reader.Says("prompt"u8))
                error = ReadElsewhere(ref reader);
            else
                error = Fields.Skip(ref reader);

            if (error is not null)
                return error;
        }

        User = safetyIdentifier ?? user;
        return hasModel ? null : Fields.Missing("model");
    }

    private GatewayError? ReadInput(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.StartArray or JsonTokenType.Null))
            return Fields.WrongType(ref reader, "input", "a string or an array of items");

        InputAt = Here(ref reader);
        return null;
    }

    private GatewayError? ReadInstructions(ref Utf8JsonReader reader)
    {
        reader.Read();
        InstructionsAt = Here(ref reader);
        return null;
    }

    // Nobody could count what a call goes on to use once the caller has been told that it is under way.
    private static GatewayError? ReadBackground(ref Utf8JsonReader reader) =>
        Fields.Boolean(ref reader, "background", out var background) is { } error ? error
        : background is true
            ? GatewayError.Invalid(
                "Invalid 'background': responses are answered while the caller waits, whole or as a stream; allowed is false.",
                "background", "unsupported_value")
        : null;

    private GatewayError? ReadCap(ref Utf8JsonReader reader)
    {
        var error = Fields.Integer(ref reader, "max_output_tokens", 1, int.MaxValue, out var cap);
        (MaxTokens, MaxOutputTokensAt) = (cap, JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed));
        return error;
    }

    private GatewayError? ReadMostToolCalls(ref Utf8JsonReader reader)
    {
        var error = Fields.Integer(ref reader, "max_tool_calls", 0, int.MaxValue, out var most);
        mostToolCalls = (int?)most;
        return error;
    }

    private GatewayError? ReadTools(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            return reader.TokenType == JsonTokenType.Null ? null : Fields.WrongType(ref reader, "tools", "an array of tools");

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            HasTools = true;
            if (reader.TokenType == JsonTokenType.StartObject)
                ReadTool(ref reader);
            else
                reader.Skip();
        }

        return null;
    }

    private void ReadTool(ref Utf8JsonReader reader)
    {
        var runsHere = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.Says("type"u8);
            reader.Read();
            if (isType)
            {
                var type = reader.TextOrNull();
                MaySearch |= type?.StartsWith("web_search", StringComparison.Ordinal) ?? false;
                runsHere = type is "function" or "custom" or "namespace" or "computer" or "computer_use_preview" or "local_shell" or "apply_patch";
            }

            reader.Skip();
        }

        ContinuesElsewhere |= !runsHere;
    }

    private GatewayError? ReadElsewhere(ref Utf8JsonReader reader)
    {
        reader.Read();
        ContinuesElsewhere |= reader.TokenType != JsonTokenType.Null;
        reader.Skip();
        return null;
    }

    private static JsonSlice? Here(ref Utf8JsonReader reader)
    {
        var (start, isNull) = (reader.TokenStartIndex, reader.TokenType == JsonTokenType.Null);
        reader.Skip();
        return isNull ? null : JsonSlice.Between(start, reader.BytesConsumed);
    }
}
