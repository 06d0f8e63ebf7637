using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>Anthropic's library for Node.js.</summary>
internal sealed class AnthropicByNode(RunScript run) : ProviderClient
{
    public override async Task<Heard> AskAsync(Ask ask)
    {
        var seen = await run(ask.Stream ? "messages-stream" : "messages", new NodeOptions(Chat: Chat(ask)));
        var message = seen.Get("message");
        var usage = message.Get("usage");
        var thoughts = message.Items("content").Where(block => block.Text("type") == "thinking").Select(block => block.Text("thinking")).ToList();
        return new Heard
        {
            Text = seen.Text("text") ?? string.Concat(message.Items("content").Select(block => block.Text("text"))),
            Thinking = thoughts.Count > 0 ? string.Concat(thoughts) : null,
            Finish = message.Text("stop_reason"),
            PromptTokens = (long?)(usage.Number("input_tokens") + (usage.Number("cache_read_input_tokens") ?? 0)
                + (usage.Number("cache_creation_input_tokens") ?? 0)),
            CachedTokens = (long?)usage.Number("cache_read_input_tokens"),
            OutputTokens = (long?)usage.Number("output_tokens"),
            Error = OpenAiByNode.ErrorOf(seen),
        };
    }

    public override async Task<Heard> UseToolsAsync(Ask ask)
    {
        var seen = await run("messages-tools", new NodeOptions(Stream: ask.Stream, Chat: Chat(ask)));
        return new Heard
        {
            Text = seen.Text("content") ?? "",
            Calls = [.. seen.Items("calls").Select(call => call.Get("input").GetRawText())],
            Error = OpenAiByNode.ErrorOf(seen),
        };
    }

    public override Task LeaveAsync(bool stream, Task waiting) => run(
        "messages-leave", new NodeOptions(Way: stream ? "stream" : "waiting", Chat: Chat(new Ask(ProviderTest.Model))), stream ? null : waiting);

    private static Dictionary<string, object?> Chat(Ask ask)
    {
        var chat = new Dictionary<string, object?> { ["model"] = ask.Model };
        if (ask.Thinks)
            chat["thinking"] = new { type = "enabled", budget_tokens = 1024 };
        if (ask.Temperature is { } temperature)
            chat["temperature"] = temperature;
        if (ask.Topic == Topic.Picture)
            chat["messages"] = new[] { new { role = "user", content = new[] { Picture } } };
        if (ask.Topic == Topic.Json)
            chat["output_config"] = new { format = new { type = "json_schema", schema = Told.Schema } };
        return chat;
    }

    private static object Picture { get; } = new { type = "image", source = new { type = "base64", media_type = "image/png", data = Told.Png } };
}
