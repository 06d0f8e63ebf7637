using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>OpenAI's chat completions; or those of a server that speaks its language, and tells what its model thinks.</summary>
/// <param name="tellsThoughts">It is such a server.</param>
internal sealed class FakeOpenAi(bool tellsThoughts = false) : FakeProvider
{
    public const string Key = "sk-proj-hunter2";

    public static Task RefuseAsync(UpstreamCall call, int status, string message, string type, string? code, params string[] headers) =>
        call.RespondAsync(status, JsonReading.ToJson(new { error = new { message, type, param = (string?)null, code } }), headers: headers);

    protected override async Task ServeWellAsync(UpstreamCall call)
    {
        var request = call.Request;
        if (request.Method != "POST" || request.Path != "/v1/chat/completions")
            throw new WireRefusal(404, $"Invalid URL ({request.Method} {request.Path})");
        if (request.Headers.GetValueOrDefault("Authorization") != $"Bearer {Key}")
            throw new WireRefusal(401, "Incorrect API key provided.", "invalid_api_key");

        OpenAiRules.Check(request.Json);
        var model = request.Json.Text("model")!;
        var withUsage = request.Json.Get("stream_options").IsTrue("include_usage");
        var answer = tellsThoughts ? new TellingAnswer(call, model, withUsage) : new OpenAiAnswer(call, model, withUsage);
        await answer.PlayAsync(ScriptFor(OpenAiRules.Read(request.Json, model)), request.WantsStream);
    }

    protected override Task RefuseAsync(UpstreamCall call, WireRefusal refusal) =>
        RefuseAsync(call, refusal.Status, refusal.Message, "invalid_request_error", refusal.Code);

    // As vLLM and its like do.
    private sealed class TellingAnswer(UpstreamCall call, string model, bool withUsage) : OpenAiAnswer(call, model, withUsage)
    {
        protected override string[] Headers => ["server: uvicorn"];

        protected override string? Thoughts(ModelScript script) =>
            script.Steps.OfType<Think>().Any() ? string.Concat(script.Steps.OfType<Think>().Select(thought => thought.Text)) : null;

        protected override Task SayThoughtAsync(Think thought) => SayDeltaAsync(new JsonObject { ["reasoning_content"] = thought.Text });
    }
}
