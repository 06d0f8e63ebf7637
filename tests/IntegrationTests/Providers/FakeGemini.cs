using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Google's Gemini API (AI Studio), by key.</summary>
internal sealed partial class FakeGemini : FakeProvider
{
    public const string Key = "AIzaSyHunter2";

    protected override async Task ServeWellAsync(UpstreamCall call)
    {
        var path = MethodPath().Match(call.Request.Path);
        if (call.Request.Method != "POST" || !path.Success)
            throw new WireRefusal(404, "The requested URL was not found on this server.");

        var key = call.Request.Headers.GetValueOrDefault("x-goog-api-key") ?? (
            path.Groups["key"] is { Success: true } inQuery ? inQuery.Value : null);
        if (key is null)
            throw new WireRefusal(
                403,
                "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API "
                + "consumer identity to call this API.");
        if (key != Key)
            throw new WireRefusal(400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID");

        await GeminiEndpoint.ServeAsync(call, path.Groups["model"].Value, path.Groups["method"].Value, isVertex: false, ScriptFor);
    }

    protected override Task RefuseAsync(UpstreamCall call, WireRefusal refusal) =>
        GeminiEndpoint.RefuseAsync(call, refusal.Status, refusal.Message, refusal.Code is { } reason ? [GeminiEndpoint.Reason(reason)] : null);

    [GeneratedRegex(@"^/v1(beta)?/models/(?<model>[^/:?]+):(?<method>[a-zA-Z]+)(\?(key=(?<key>[^&]+)&?)?(alt=sse)?)?$")]
    private static partial Regex MethodPath();
}
