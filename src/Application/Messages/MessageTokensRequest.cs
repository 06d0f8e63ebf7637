using System.Text.Json;
using CleanGateway.Application.Admission;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Messages;

/// <summary>A request of Anthropic's <c>POST /v1/messages/count_tokens</c>: how many tokens would these messages be?</summary>
public sealed class MessageTokensRequest : InferenceRequest
{
    private MessageTokensRequest(MessagesRequest messages) : base(messages.Body)
    {
        Messages = messages;
        (Model, ModelAt, FirstMemberAt, User) = (messages.Model, messages.ModelAt, messages.FirstMemberAt, messages.User);
    }

    public override ApiFormat Api => ApiFormat.MessageTokens;

    /// <summary>What is to be counted; it may lack an output cap.</summary>
    public MessagesRequest Messages { get; }

    internal override bool IsFree => true;

    /// <inheritdoc cref="MessagesRequest.TryParse(ReadOnlyMemory{byte}, MessagesHeaders, out MessagesRequest, out GatewayError?)"/>
    public static bool TryParse(ReadOnlyMemory<byte> body, MessagesHeaders headers, out MessageTokensRequest request, out GatewayError? error)
    {
        var isRead = MessagesRequest.TryParse(body, headers, needsCap: false, out var messages, out error);
        request = new MessageTokensRequest(messages);
        return isRead;
    }

    public override long EstimatePrompt() => Messages.EstimatePrompt();

    public override TokenUsage? Reserve() => null;

    public override UsageReport Used(UsageReport counted, long outputTokens) => UsageReport.None;

    internal override CallNeeds Needs(InferenceTarget target) => new(0, new CostBound(0, 0), OutputCap: null);

    public override AnswerFacts Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ChatFacts.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("An answer must be a JSON object.");

        var hasCount = false;
        JsonSlice? errorAt = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isCount, isError) = (reader.Says("input_tokens"u8), reader.Says("error"u8));
            reader.Read();
            var (start, type) = (reader.TokenStartIndex, reader.TokenType);
            reader.Skip();
            hasCount |= isCount && type == JsonTokenType.Number;
            if (isError && type != JsonTokenType.Null)
                errorAt = JsonSlice.Between(start, reader.BytesConsumed);
        }

        while (reader.Read())
        {
        }

        return new AnswerFacts { IsAnswer = hasCount, ErrorAt = errorAt };
    }

    public override bool HasContent(ReadOnlySpan<byte> json, AnswerFacts facts) => true;

    internal override long BytesSaid(ReadOnlySpan<byte> json) => 0;

    // It is never streamed.
    internal override ITranscript NewTranscript() => new MessagesTranscript();
}
