using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Anthropic's own API: messages, streamed or whole, and their tokens counted.</summary>
internal sealed class FakeAnthropic : FakeProvider
{
    public const string Key = "sk-ant-api03-hunter2";
    public const string RequestId = "req_011CSHoEeqs5C35K2UUqR7Fy";
    private static readonly string[] Versions = ["2023-06-01", AnthropicRules.NewVersion];

    protected override async Task ServeWellAsync(UpstreamCall call)
    {
        var request = call.Request;
        var path = request.Path.Split('?')[0];
        if (request.Method != "POST" || path is not ("/v1/messages" or "/v1/messages/count_tokens"))
            throw new WireRefusal(404, $"Not Found: {request.Method} {path}");

        CheckKey(request);
        var version = request.Headers.GetValueOrDefault("anthropic-version");
        WireRefusal.If(version is null, "anthropic-version: header is required");
        WireRefusal.If(!Versions.Contains(version), $"anthropic-version: \"{version}\" is not a valid version");

        var isCount = path.EndsWith("/count_tokens", StringComparison.Ordinal);
        AnthropicRules.Check(request.Json, AnthropicPlace.Direct, version!, isCount);
        if (isCount)
        {
            await call.RespondAsync(200, JsonReading.ToJson(new { input_tokens = AnthropicEndpoint.CountTokens(request.Json) }));
            return;
        }

        var model = request.Json.Text("model")!;
        var script = ScriptFor(AnthropicEndpoint.Read(request.Json, model, request.WantsStream));
        await new AnthropicAnswer(call, model).PlayAsync(script, request.WantsStream);
    }

    protected override Task RefuseAsync(UpstreamCall call, WireRefusal refusal) =>
        AnthropicEndpoint.RefuseAsync(call, refusal.Status, refusal.Message, refusal.Code);

    // A key is taken in either header; where there are both, this one counts.
    private static void CheckKey(UpstreamRequest request)
    {
        if (request.Headers.TryGetValue("x-api-key", out var key))
        {
            if (key != Key)
                throw new WireRefusal(401, "invalid x-api-key");
        }
        else if (request.Headers.GetValueOrDefault("Authorization") != $"Bearer {Key}")
        {
            throw new WireRefusal(401, "invalid bearer token");
        }
    }
}
