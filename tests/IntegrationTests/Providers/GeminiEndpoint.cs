using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;
using static CleanGateway.IntegrationTests.Providers.JsonReading;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Google's methods on a model, the same at the Gemini API and at Vertex AI but for a few.</summary>
internal static class GeminiEndpoint
{
    private const int VertexEmbeddingsAtOnce = 250;

    public static async Task ServeAsync(UpstreamCall call, string model, string method, bool isVertex, Func<ModelRequest, ModelScript> script)
    {
        switch (method)
        {
            case "generateContent" or "streamGenerateContent":
                var body = GeminiMessages.Read(call.Request.Body, "GenerateContentRequest");
                WireRefusal.If(!isVertex && body.Has("labels"), "Invalid JSON payload received. Unknown name \"labels\": Cannot find field.");
                GeminiRules.Check(body, model);
                var streams = method == "streamGenerateContent";
                var answer = new GeminiAnswer(call, model, isVertex, asEvents: call.Request.Path.EndsWith("alt=sse", StringComparison.Ordinal));
                await answer.PlayAsync(script(Read(body, model, streams)), streams);
                break;
            case "countTokens":
                var counted = GeminiMessages.Read(call.Request.Body, "CountTokensRequest");
                await RespondAsync(
                    new { totalTokens = Count(counted.Has("generateContentRequest") ? counted.Get("generateContentRequest") : counted) });
                break;
            case "embedContent":
                var embedded = GeminiMessages.Read(call.Request.Body, "EmbedContentRequest");
                await RespondAsync(
                    new
                    {
                        embedding = new { values = VectorOf(embedded) },
                        usageMetadata = new { promptTokenCount = Embedding.Tokens(TextOf(embedded.Get("content"))) },
                    });
                break;
            case "batchEmbedContents" when !isVertex:
                var batch = GeminiMessages.Read(call.Request.Body, "BatchEmbedContentsRequest").Items("requests");
                WireRefusal.If(
                    batch.Any(one => one.Text("model") != $"models/{model}"),
                    "* BatchEmbedContentsRequest.requests: each request's model must match the model in the path\n");
                await RespondAsync(new { embeddings = batch.Select(one => new { values = VectorOf(one) }) });
                break;
            case "predict" when isVertex:
                await RespondAsync(Predict(GeminiMessages.Read(call.Request.Body, "PredictRequest"), model));
                break;
            default:
                throw new WireRefusal(404, $"models/{model} is not found, or is not supported for {method}.");
        }

        Task RespondAsync(object value) => call.RespondAsync(200, ToJson(value), "application/json; charset=UTF-8");
    }

    public static Task RefuseAsync(UpstreamCall call, int status, string message, object[]? details = null, bool inArray = false)
    {
        var error = ToJson(new { error = new { code = status, message, status = StatusOf(status), details = details ?? [] } });
        return call.RespondAsync(status, inArray ? $"[{error}\n]\n" : error, "application/json; charset=UTF-8");
    }

    public static string StatusOf(int status) => status switch
    {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };

    public static object Reason(string reason) => new Dictionary<string, object>
    {
        ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo", ["reason"] = reason, ["domain"] = "googleapis.com",
    };

    private static ModelRequest Read(JsonElement body, string model, bool stream)
    {
        var turns = GeminiRules.Turns(body);
        var last = turns[^1].Parts;
        var generation = body.Get("generationConfig");
        var calling = body.Get("toolConfig").Get("functionCallingConfig");
        var allowed = calling.Items("allowedFunctionNames").Select(name => name.AsText()).ToList();
        var calls = turns.Count > 1 ? turns[^2].Parts.Where(part => part.Has("functionCall")).Select(part => part.Get("functionCall")).ToList() : [];
        var declared = body.Items("tools").SelectMany(tool => tool.Items("functionDeclarations"))
            .Select(tool => new OfferedTool(tool.Text("name")!, tool.Get(tool.Has("parameters") ? "parameters" : "parametersJsonSchema")));
        return new ModelRequest
        {
            Model = model,
            WantsStream = stream,
            WantsThinking = generation.Get("thinkingConfig").IsTrue("includeThoughts"),
            WantsJson = generation.Has("responseSchema") || generation.Has("responseJsonSchema"),
            Tools = [.. declared.Where(tool => calling.Text("mode") != "NONE" && (allowed.Count == 0 || allowed.Contains(tool.Name)))],
            EarlierCalls = turns.Sum(turn => turn.Parts.Count(part => part.Has("functionCall"))),
            Outcomes = [.. last.Where(part => part.Has("functionResponse"))
                .Select((part, index) => Outcome(part.Get("functionResponse"), calls, index))],
            Picture = last.Select(PictureOf).LastOrDefault(picture => picture is not null),
        };
    }

    // By its id where there is one, else by its place.
    private static ToolOutcome Outcome(JsonElement response, List<JsonElement> calls, int index)
    {
        var call = response.Text("id") is { } id ? calls.Find(call => call.Text("id") == id) : calls[index];
        var said = response.Get("response");
        var text = said.Text("error") ?? said.Text("output") ?? said.Text("result") ?? said.GetRawText();
        return new ToolOutcome(response.Text("name")!, call.Get("args"), text, said.Has("error"));
    }

    private static string? PictureOf(JsonElement part) =>
        part.Get("inlineData").Text("data") is { } data ? ModelRequest.PictureOf(data)
        : part.Get("fileData").Text("fileUri") is { } uri ? $"at {uri}"
        : null;

    private static int Count(JsonElement body) => body.Items("contents").Sum(content => 3 + Embedding.Tokens(TextOf(content)));

    private static string TextOf(JsonElement content) => string.Join(' ', content.Items("parts").Select(part => part.Text("text")));

    private static float[] VectorOf(JsonElement request) =>
        Embedding.Of(TextOf(request.Get("content")), (int?)request.Number("outputDimensionality") ?? Embedding.UsualDimensions);

    private static object Predict(JsonElement body, string model)
    {
        var instances = body.Items("instances");
        var atOnce = model == "gemini-embedding-001" ? 1 : VertexEmbeddingsAtOnce;
        WireRefusal.If(instances.Count == 0 || instances.Count > atOnce, $"{instances.Count} instance(s) is not in the allowed range [1, {atOnce}].");
        WireRefusal.If(instances.Any(one => string.IsNullOrEmpty(one.Text("content"))), "The text content is empty.");
        var dimensions = (int?)body.Get("parameters").Number("outputDimensionality") ?? Embedding.UsualDimensions;
        return new
        {
            predictions = instances.Select(one => one.Text("content")!).Select(text => new
            {
                embeddings = new
                {
                    values = Embedding.Of(text, dimensions), statistics = new { token_count = Embedding.Tokens(text), truncated = false },
                },
            }),
        };
    }
}
