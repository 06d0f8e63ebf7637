using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Fixtures;
using static CleanGateway.IntegrationTests.Providers.JsonReading;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Google's way to put an answer: each event is an answer with what is new.</summary>
/// <param name="asEvents">Server-sent events; else one array in pieces.</param>
internal sealed class GeminiAnswer(UpstreamCall call, string model, bool isVertex, bool asEvents) : ModelAnswer(call)
{
    private bool hasSaidSomething;
    private bool hasSigned;

    protected override string StreamType => asEvents ? "text/event-stream" : "application/json; charset=UTF-8";

    protected override string Whole(ModelScript script) => ToJson(Response(
        new JsonArray([.. script.Steps.SelectMany(Parts)]), ReasonOf(script.Reason), script.Usage, isLast: true));

    protected override Task RefuseAsync(ModelFailure failure, string message) =>
        GeminiEndpoint.RefuseAsync(Call, StatusOf(failure), message, Details(failure));

    protected override Task SayBeginAsync(ModelScript script) => Task.CompletedTask;

    protected override Task SayAsync(string piece) => SayPartsAsync([new JsonObject { ["text"] = piece }]);

    protected override Task SayThoughtAsync(Think thought) => SayPartsAsync(Parts(thought));

    protected override Task SayCallAsync(ToolCall toolCall) => SayPartsAsync([CallPart(toolCall)]);

    // Signatures and reasons come with an empty text, when everything has been said.
    protected override async Task SayFinishAsync(FinishReason reason, ModelScript script)
    {
        await SayJsonAsync(Response([new JsonObject { ["text"] = "" }], ReasonOf(reason), script.Usage, isLast: true));
        if (!asEvents)
            await Call.SendChunkAsync("]");
    }

    protected override Task SayFailureAsync(ModelFailure failure, string message) => SayJsonAsync(new
    {
        error = new { code = StatusOf(failure), message, status = GeminiEndpoint.StatusOf(StatusOf(failure)), details = Details(failure) },
    });

    private Task SayPartsAsync(IEnumerable<JsonNode> parts) =>
        SayJsonAsync(Response(new JsonArray([.. parts]), null, new ModelUsage(), isLast: false));

    private Task SayJsonAsync(object json)
    {
        var before = asEvents ? "data: " : hasSaidSomething ? ",\r\n" : "[";
        hasSaidSomething = true;
        return Call.SendChunkAsync($"{before}{ToJson(json)}{(asEvents ? "\r\n\r\n" : "")}");
    }

    private JsonObject Response(JsonArray parts, string? reason, ModelUsage usage, bool isLast)
    {
        var candidate = new JsonObject { ["content"] = new JsonObject { ["role"] = "model", ["parts"] = parts } };
        if (reason is not null)
            candidate["finishReason"] = reason;

        var counts = new JsonObject { ["promptTokenCount"] = usage.Prompt, ["totalTokenCount"] = usage.Prompt + (isLast ? usage.Output : 0) };
        if (usage.CachedRead > 0)
            counts["cachedContentTokenCount"] = usage.CachedRead;
        if (isLast)
        {
            counts["candidatesTokenCount"] = usage.Output - usage.Reasoning;
            if (usage.Reasoning > 0)
                counts["thoughtsTokenCount"] = usage.Reasoning;
            if (isVertex)
                counts["trafficType"] = "ON_DEMAND";
        }

        return new JsonObject
        {
            ["candidates"] = new JsonArray(candidate),
            ["usageMetadata"] = counts,
            ["modelVersion"] = model,
            ["responseId"] = "mAItabLwHuGNxN8Plb-f0Ac",
        };
    }

    private IEnumerable<JsonNode> Parts(ModelStep step) => step switch
    {
        Say say => [new JsonObject { ["text"] = string.Concat(say.Pieces) }],
        Think thought => [new JsonObject { ["text"] = thought.Text, ["thought"] = true }],
        CallTools calls => calls.Calls.Select(CallPart),
        _ => [],
    };

    // Of calls in parallel only the first is signed.
    private JsonObject CallPart(ToolCall toolCall)
    {
        var function = new JsonObject { ["name"] = toolCall.Name, ["args"] = JsonNode.Parse(toolCall.WholeArguments) };
        var part = new JsonObject { ["functionCall"] = function };
        if (!GeminiRules.SignsCalls(model))
            return part;

        if (!isVertex)
            function["id"] = toolCall.Id;
        if (!hasSigned)
            part["thoughtSignature"] = Think.SignatureOf(toolCall.Name);

        hasSigned = true;
        return part;
    }

    private static int StatusOf(ModelFailure failure) => failure switch
    {
        ModelFailure.Overloaded => 503,
        ModelFailure.RateLimited => 429,
        _ => 500,
    };

    private static object[] Details(ModelFailure failure) => failure != ModelFailure.RateLimited
        ? []
        : [new Dictionary<string, object> { ["@type"] = "type.googleapis.com/google.rpc.RetryInfo", ["retryDelay"] = "7s" }];

    private static string ReasonOf(FinishReason reason) => reason switch
    {
        FinishReason.MaxTokens => "MAX_TOKENS",
        FinishReason.Filtered => "SAFETY",
        _ => "STOP",
    };
}
