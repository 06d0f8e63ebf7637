using System.Text.Json;
using CleanGateway.Application.Admission;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Embeddings;

/// <summary>A request for vectors: the caller's bytes, and the few fields the gateway has to understand.</summary>
public sealed class EmbeddingsRequest : InferenceRequest
{
    private const int BytesPerToken = 4;

    // What a model may put around each text: marks of its beginning and end, a word that says what it is for.
    private const long OverheadPerItem = 16;

    private EmbeddingsRequest(ReadOnlyMemory<byte> body) : base(body) { }

    public override ApiFormat Api => ApiFormat.Embeddings;

    public EmbeddingsInput Input { get; private set; }

    /// <summary><c>float</c> or <c>base64</c>, or what a provider understands besides; null counts as <c>float</c>.</summary>
    public string? EncodingFormat { get; private set; }

    /// <summary>How many numbers each vector is to have; null is as many as the model gives.</summary>
    public int? Dimensions { get; private set; }

    public override long EstimatePrompt() =>
        Input.Tokens > 0 ? Input.Tokens : Math.Max(Input.Count, (Input.Bytes + BytesPerToken - 1) / BytesPerToken);

    /// <summary>There is no answer to be counted, so the prompt is all of it.</summary>
    public override TokenUsage? Reserve() => Unanswered();

    /// <summary>The most tokens that the input can be: tokens are made of whole bytes, so text has no more of them than bytes.</summary>
    /// <param name="mostPerItem">What the model takes at one time; null when not known.</param>
    internal long BoundPrompt(long? mostPerItem)
    {
        var bound = Input.Tokens + Input.Bytes + (Input.Count * OverheadPerItem);
        return mostPerItem is { } most ? Math.Min(bound, Math.Min(most, TokenUsage.MaxTokens) * Input.Count) : bound;
    }

    internal override CallNeeds Needs(InferenceTarget target)
    {
        var cost = target.Destination.Price?.BoundFor(BoundPrompt(target.MaxInputTokens), default);
        return new CallNeeds(EstimatePrompt(), cost is { } bound ? bound with { PerOutputToken = 0 } : null, OutputCap: 0);
    }

    public override AnswerFacts Read(ReadOnlySpan<byte> json) => EmbeddingsFacts.Read(json);

    public override bool HasContent(ReadOnlySpan<byte> json, AnswerFacts facts) => facts.IsAnswer;

    /// <summary>Vectors are not said.</summary>
    internal override long BytesSaid(ReadOnlySpan<byte> json) => 0;

    internal override ITranscript NewTranscript() => throw new NotSupportedException("Embeddings are answered as a whole.");

    /// <summary>Reads a body, or says in one error what is wrong with it.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> body, out EmbeddingsRequest request, out GatewayError? error)
    {
        request = new EmbeddingsRequest(WithoutMark(body));
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
        var hasModel = false;
        EmbeddingsInput? input = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            GatewayError? error;
            if (reader.Says("model"u8))
                error = ReadModel(ref reader, out hasModel);
            else if (reader.Says("input"u8))
                error = EmbeddingsInput.Read(ref reader, out input);
            else if (reader.Says("encoding_format"u8))
                error = ReadEncodingFormat(ref reader);
            else if (reader.Says("dimensions"u8))
                error = ReadDimensions(ref reader);
            else if (reader.Says("user"u8))
                error = ReadUser(ref reader);
            else
                error = Fields.Skip(ref reader);

            if (error is not null)
                return error;
        }

        Input = input ?? default;
        return !hasModel ? Fields.Missing("model")
            : input is null ? Fields.Missing("input")
            : null;
    }

    private GatewayError? ReadEncodingFormat(ref Utf8JsonReader reader)
    {
        var error = Fields.String(ref reader, "encoding_format", out var format);
        EncodingFormat = format;
        return error;
    }

    private GatewayError? ReadDimensions(ref Utf8JsonReader reader)
    {
        var error = Fields.Integer(ref reader, "dimensions", 1, int.MaxValue, out var dimensions);
        Dimensions = (int?)dimensions;
        return error;
    }

    private GatewayError? ReadUser(ref Utf8JsonReader reader)
    {
        var error = Fields.String(ref reader, "user", out var user);
        User = user;
        return error;
    }
}
