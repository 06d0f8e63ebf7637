using System.Text;
using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>
/// Sends Bedrock's frames: padded, so that their length tells nothing of what is said, and each in two writes that divide
/// it elsewhere.
/// </summary>
internal sealed class BedrockFrames(UpstreamCall call)
{
    public const string MediaType = "application/vnd.amazon.eventstream";
    private const string Padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private int sent;

    public Task SendEventAsync(string type, JsonObject payload)
    {
        payload["p"] = Padding[..(sent * 7 % Padding.Length)];
        return SendAsync(EventStreamFrame.Event(type, payload.ToJsonString()));
    }

    public Task SendExceptionAsync(ModelFailure failure, string message) => SendAsync(EventStreamFrame.Exception(
        failure switch
        {
            ModelFailure.RateLimited => "throttlingException",
            ModelFailure.Overloaded => "serviceUnavailableException",
            _ => "internalServerException",
        },
        JsonReading.ToJson(new { message })));

    /// <summary>A piece of Anthropic's stream, wrapped.</summary>
    public Task SendChunkAsync(string json) =>
        SendEventAsync("chunk", new JsonObject { ["bytes"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(json)) });

    private async Task SendAsync(byte[] frame)
    {
        var first = 1 + (sent++ * 11 % (frame.Length - 1));
        await call.SendChunkAsync(frame.AsMemory(0, first));
        await call.SendChunkAsync(frame.AsMemory(first));
    }
}
