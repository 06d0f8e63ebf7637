using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Vertex AI, with Google's models and Anthropic's; takes only tokens that its token endpoint has minted.</summary>
internal sealed partial class FakeVertex(FakeGoogleTokens tokens) : FakeProvider
{
    public const string Project = "a-project";
    public const string AnthropicVersion = "vertex-2023-10-16";

    protected override async Task ServeWellAsync(UpstreamCall call)
    {
        var request = call.Request;
        var path = MethodPath().Match(request.Path);
        if (request.Method != "POST" || !path.Success)
            throw new WireRefusal(404, "The requested URL was not found on this server.");

        var authorization = request.Headers.GetValueOrDefault("Authorization") ?? "";
        if (!authorization.StartsWith("Bearer ", StringComparison.Ordinal) || !tokens.IsGood(authorization["Bearer ".Length..]))
            throw new WireRefusal(401, "Request had invalid authentication credentials. Expected OAuth 2 access token.", "ACCESS_TOKEN_EXPIRED");
        if (path.Groups["project"].Value != Project)
            throw new WireRefusal(
                403,
                "Permission 'aiplatform.endpoints.predict' denied on resource "
                + $"'//aiplatform.googleapis.com/projects/{path.Groups["project"].Value}'");

        var (model, method) = (Uri.UnescapeDataString(path.Groups["model"].Value), path.Groups["method"].Value);
        if (path.Groups["publisher"].Value == "anthropic")
            await ServeClaudeAsync(call, model, method);
        else
            await GeminiEndpoint.ServeAsync(call, model, method, isVertex: true, ScriptFor);
    }

    protected override Task RefuseAsync(UpstreamCall call, WireRefusal refusal) => GeminiEndpoint.RefuseAsync(
        call, refusal.Status, refusal.Message, refusal.Code is { } reason ? [GeminiEndpoint.Reason(reason)] : null,
        inArray: call.Request.Path.Contains(":streamGenerateContent", StringComparison.Ordinal));

    // Who may ask is Google's business, what is asked Anthropic's: so each refuses in its own words.
    private async Task ServeClaudeAsync(UpstreamCall call, string model, string method)
    {
        if (method is not ("rawPredict" or "streamRawPredict"))
            throw new WireRefusal(404, $"Publisher Model `{model}` does not support {method}.");

        try
        {
            var body = call.Request.Json;
            var isCount = model == "count-tokens";
            var version = body.Text("anthropic_version");
            WireRefusal.If(
                version is not (AnthropicVersion or AnthropicRules.NewVersion), $"anthropic_version: Input should be '{AnthropicVersion}'");
            AnthropicRules.Check(body, AnthropicPlace.Vertex, version!, isCount);
            if (isCount)
            {
                await call.RespondAsync(200, JsonReading.ToJson(new { input_tokens = AnthropicEndpoint.CountTokens(body) }));
                return;
            }

            var streams = method == "streamRawPredict";
            WireRefusal.If(streams != body.IsTrue("stream"), "stream: does not go with the method");
            await new AnthropicAnswer(call, model.Split('@')[0]).PlayAsync(ScriptFor(AnthropicEndpoint.Read(body, model, streams)), streams);
        }
        catch (WireRefusal refusal)
        {
            await AnthropicEndpoint.RefuseAsync(call, refusal.Status, refusal.Message);
        }
    }

    [GeneratedRegex(
        "^/v1(beta1)?/projects/(?<project>[^/]+)/locations/[^/]+/publishers/(?<publisher>google|anthropic)"
        + @"/models/(?<model>[^/:?]+):(?<method>[a-zA-Z]+)(\?.*)?$")]
    private static partial Regex MethodPath();
}
