using System.Globalization;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Anthropic's answers as Bedrock passes them on: whole as they are, streamed each event in a frame.</summary>
internal sealed class BedrockClaudeAnswer(UpstreamCall call, string model, ModelUsage usage) : AnthropicAnswer(call, model)
{
    private readonly BedrockFrames frames = new(call);

    protected override string StreamType => BedrockFrames.MediaType;

    protected override string[] Headers =>
    [
        FakeBedrock.RequestIdHeader, string.Create(CultureInfo.InvariantCulture, $"x-amzn-bedrock-input-token-count: {usage.Input}"),
        string.Create(CultureInfo.InvariantCulture, $"x-amzn-bedrock-output-token-count: {usage.Output}"),
    ];

    protected override Task SayEventAsync(string type, string data) => frames.SendChunkAsync(data);

    protected override Task RefuseAsync(ModelFailure failure, string message) => FakeBedrock.RefuseAsync(Call, failure, message);

    protected override Task SayFailureAsync(ModelFailure failure, string message) => frames.SendExceptionAsync(failure, message);

    protected override Task SayStillHereAsync() => frames.SendChunkAsync("""{"type":"ping"}""");

    protected override object LastEvent(ModelScript script) => new Dictionary<string, object>
    {
        ["type"] = "message_stop",
        ["amazon-bedrock-invocationMetrics"] = new
        {
            inputTokenCount = usage.Input,
            outputTokenCount = usage.Output,
            invocationLatency = 321,
            firstByteLatency = 123,
            cacheReadInputTokenCount = usage.CachedRead,
            cacheWriteInputTokenCount = usage.CacheWrite,
        },
    };
}
