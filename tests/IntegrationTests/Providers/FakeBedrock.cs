using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Fixtures;
using static CleanGateway.IntegrationTests.Providers.JsonReading;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Amazon Bedrock's runtime: Converse, Claude and embeddings by InvokeModel, tokens counted; by signature or by key.</summary>
/// <param name="time">What signatures must not be far from.</param>
internal sealed partial class FakeBedrock(TimeProvider? time = null) : FakeProvider
{
    public const string Region = "us-east-1";
    public const string Id = "AKIDEXAMPLE";
    public const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    public const string ApiKey = "bedrock-api-key-hunter2";
    public const string RequestIdHeader = "x-amzn-RequestId: 9a5f0c7e-5d1c-4a57-9f0b-6c8f4f0d2b11";
    public const string AnthropicVersion = "bedrock-2023-05-31";

    /// <summary>Temporary credentials have a token; null: these are not.</summary>
    public string? Token { get; set; }

    public static Task RefuseAsync(UpstreamCall call, ModelFailure failure, string message) => failure switch
    {
        ModelFailure.RateLimited => RefuseAsync(call, 429, message, "ThrottlingException"),
        ModelFailure.Overloaded => RefuseAsync(call, 503, message, "ServiceUnavailableException"),
        _ => RefuseAsync(call, 500, message, "InternalServerException"),
    };

    protected override Task RefuseAsync(UpstreamCall call, WireRefusal refusal) =>
        RefuseAsync(call, refusal.Status, refusal.Message, refusal.Code ?? "ValidationException");

    protected override async Task ServeWellAsync(UpstreamCall call)
    {
        var request = call.Request;
        CheckCaller(request);
        var path = OperationPath().Match(request.Path);
        if (request.Method != "POST" || !path.Success)
            throw new WireRefusal(404, "", "UnknownOperationException");

        var model = Uri.UnescapeDataString(path.Groups["model"].Value);
        var streams = path.Groups["operation"].Value.EndsWith("stream", StringComparison.Ordinal);
        switch (path.Groups["operation"].Value)
        {
            case "converse" or "converse-stream":
                ConverseRules.Check(request.Json, streams ? "ConverseStreamRequest" : "ConverseRequest");
                await new ConverseAnswer(call).PlayAsync(ScriptFor(ConverseRules.Read(request.Json, model, streams)), streams);
                break;
            case "count-tokens":
                AwsServiceModel.Bedrock?.Check(request.Json, "CountTokensRequest");
                await call.RespondAsync(200, ToJson(new { inputTokens = Count(request.Json.Get("input")) }), headers: RequestIdHeader);
                break;
            case var _ when model.Contains("anthropic.claude", StringComparison.Ordinal):
                await AskClaudeAsync(call, model, streams);
                break;
            case "invoke":
                await EmbedAsync(call, model);
                break;
            default:
                throw new WireRefusal(400, "The model is unsupported for streaming.");
        }
    }

    private void CheckCaller(UpstreamRequest request)
    {
        if (request.Headers.GetValueOrDefault("Authorization") is { } authorization && authorization.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            if (authorization != $"Bearer {ApiKey}")
                throw new WireRefusal(403, "Authentication failed: Please make sure your API Key is valid.", "AccessDeniedException");
        }
        else
        {
            BedrockSignature.Check(request, Id, Secret, Region, Token, (time ?? TimeProvider.System).GetUtcNow());
        }
    }

    private async Task AskClaudeAsync(UpstreamCall call, string model, bool streams)
    {
        var body = call.Request.Json;
        WireRefusal.If(body.Text("anthropic_version") != AnthropicVersion, $"anthropic_version: Input should be '{AnthropicVersion}'");
        AnthropicRules.Check(body, AnthropicPlace.Bedrock, "2023-06-01");
        var script = ScriptFor(AnthropicEndpoint.Read(body, model, streams));
        await new BedrockClaudeAnswer(call, ClaudeName().Match(model).Value, script.Usage).PlayAsync(script, streams);
    }

    private static Task EmbedAsync(UpstreamCall call, string model)
    {
        var body = call.Request.Json;
        var allowed = model.StartsWith("amazon.titan-embed", StringComparison.Ordinal)
            ? ["inputText", "dimensions", "normalize", "embeddingTypes"]
            : model.Contains("cohere.embed", StringComparison.Ordinal)
                ? (string[])["texts", "input_type", "embedding_types", "truncate", "output_dimension", "max_tokens"]
                : throw new WireRefusal(400, "The provided model identifier is invalid.");
        foreach (var member in body.EnumerateObject())
            WireRefusal.If(
                !allowed.Contains(member.Name),
                $"Malformed input request: #: extraneous key [{member.Name}] is not permitted, please reformat your input and try again.");

        string[] texts = body.Text("inputText") is { } single ? [single] : [.. body.Items("texts").Select(text => text.AsText()!)];
        WireRefusal.If(
            texts.Length == 0 || Array.Exists(texts, string.IsNullOrEmpty),
            "Malformed input request: expected minLength: 1, actual: 0, please reformat your input and try again.");
        WireRefusal.If(texts.Length > 96, "Malformed input request: #/texts: expected maximum item count: 96");
        WireRefusal.If(body.Has("texts") && body.Text("input_type") is null, "Malformed input request: #: required key [input_type] not found");

        var tokens = texts.Sum(Embedding.Tokens);
        var vectors = texts.Select(
            text => Embedding.Of(text, (int?)(body.Number("dimensions") ?? body.Number("output_dimension")) ?? Embedding.UsualDimensions)).ToArray();
        object answer = body.Has("inputText") ? new { embedding = vectors[0], inputTextTokenCount = tokens }
            : body.Has("embedding_types") ? new { id = "e1", texts, response_type = "embeddings_by_type", embeddings = new { @float = vectors } }
            : new { id = "e1", texts, response_type = "embeddings_floats", embeddings = vectors };
        return call.RespondAsync(200, ToJson(answer), headers: [RequestIdHeader, $"x-amzn-bedrock-input-token-count: {tokens}"]);
    }

    private static int Count(JsonElement input) => input.Get("converse") is { ValueKind: JsonValueKind.Object } converse
        ? ConverseRules.CountTokens(converse)
        : AnthropicEndpoint.CountTokens(Parsed(Encoding.UTF8.GetString(Convert.FromBase64String(input.Get("invokeModel").Text("body")!))));

    private static Task RefuseAsync(UpstreamCall call, int status, string message, string type) => call.RespondAsync(
        status, ToJson(new { message }),
        headers: [RequestIdHeader, $"x-amzn-ErrorType: {type}:http://internal.amazon.com/coral/com.amazon.bedrock/"]);

    [GeneratedRegex("^/model/(?<model>[^/?]+)/(?<operation>converse|converse-stream|invoke|invoke-with-response-stream|count-tokens)$")]
    private static partial Regex OperationPath();

    [GeneratedRegex("claude-[a-z0-9-]*?[0-9](?=-v[0-9]|-[0-9]{8}|$)")]
    private static partial Regex ClaudeName();
}
