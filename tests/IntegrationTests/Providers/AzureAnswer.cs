using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>OpenAI's way to put an answer, with what Azure adds: what its filters found, first of all in the prompt.</summary>
internal sealed class AzureAnswer(UpstreamCall call, bool withUsage) : OpenAiAnswer(call, Model, withUsage)
{
    /// <summary>Answers name the model, not the deployment.</summary>
    public const string Model = "gpt-4o-2024-11-20";
    private static readonly string[] Harms = ["hate", "self_harm", "sexual", "violence"];

    protected override string[] Headers => FakeAzure.Headers;

    protected override void AddTo(JsonObject answer) => answer["prompt_filter_results"] = PromptFilters();

    protected override void AddToChoice(JsonObject choice, bool hasOutput) => choice["content_filter_results"] = hasOutput ? Filters() : [];

    protected override Task RefuseAsync(ModelFailure failure, string message) => failure == ModelFailure.RateLimited
        ? FakeAzure.RefuseAsync(Call, 429, message, "429", "retry-after: 7", "retry-after-ms: 7000")
        : failure == ModelFailure.Overloaded
            ? FakeAzure.RefuseAsync(Call, 503, message, "ServiceUnavailable")
            : FakeAzure.RefuseAsync(Call, 500, message, "InternalServerError");

    protected override async Task SayBeginAsync(ModelScript script)
    {
        await Call.SayAsync(new JsonObject
        {
            ["choices"] = new JsonArray(), ["created"] = 0, ["id"] = "", ["model"] = "", ["object"] = "", ["prompt_filter_results"] = PromptFilters(),
        }.ToJsonString());
        await base.SayBeginAsync(script);
    }

    protected override string CodeOf(ModelFailure failure) => failure == ModelFailure.RateLimited ? "429" : "InternalServerError";

    private static JsonArray PromptFilters()
    {
        var filters = Filters();
        filters["jailbreak"] = new JsonObject { ["filtered"] = false, ["detected"] = false };
        return [new JsonObject { ["prompt_index"] = 0, ["content_filter_results"] = filters }];
    }

    private static JsonObject Filters() => new(Harms.Select(
        harm => KeyValuePair.Create<string, JsonNode?>(harm, new JsonObject { ["filtered"] = false, ["severity"] = "safe" })));
}
