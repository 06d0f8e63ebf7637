using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>Runs a script of this folder; <see cref="NodeClientTest"/> does.</summary>
internal delegate Task<JsonElement> RunScript(string script, NodeOptions options, Task? leaveWhen = null);

/// <summary>OpenAI's library for Node.js.</summary>
internal sealed class OpenAiByNode(RunScript run) : ProviderClient
{
    public override async Task<Heard> AskAsync(Ask ask)
    {
        var seen = await run(ask.Stream ? "stream" : "chat", new NodeOptions(Chat: Chat(ask)));
        return ask.Stream ? ReadStream(seen) : ReadWhole(seen);
    }

    public override async Task<Heard> UseToolsAsync(Ask ask)
    {
        var seen = await run("run-tools", new NodeOptions(Stream: ask.Stream, Chat: Chat(ask with { Stream = false })));
        return new Heard
        {
            Text = seen.Text("content") ?? "",
            Calls = [.. seen.Items("calls").Select(call => call.AsText()!)],
            Error = ErrorOf(seen),
        };
    }

    public override Task LeaveAsync(bool stream, Task waiting) => run(
        "leave", new NodeOptions(Way: stream ? "controller" : "waiting", Chat: Chat(new Ask(ProviderTest.Model))), stream ? null : waiting);

    /// <summary>What the worker says of an exception.</summary>
    public static HeardError? ErrorOf(JsonElement seen) => seen.Get("error") is { ValueKind: JsonValueKind.Object } error
        ? new HeardError(
            error.Text("class")!, (int?)error.Number("status"), error.Text("type"), error.Get("code").ToString(), error.Text("message") ?? "",
            error.Text("retryAfter"))
        : null;

    private static Heard ReadWhole(JsonElement seen)
    {
        var completion = seen.Get("completion");
        var choice = completion.Items("choices").Append(default).First();
        return new Heard
        {
            Text = choice.Get("message").Text("content") ?? "",
            Thinking = choice.Get("message").Text("reasoning_content"),
            Finish = choice.Text("finish_reason"),
            Error = ErrorOf(seen),
        }.Counted(completion.Get("usage"));
    }

    private static Heard ReadStream(JsonElement seen)
    {
        var choices = seen.Items("chunks").SelectMany(chunk => chunk.Items("choices")).ToList();
        var thoughts = choices.Select(choice => choice.Get("delta").Text("reasoning_content")).Where(thought => thought is not null).ToList();
        return new Heard
        {
            Text = seen.Text("text") ?? "",
            Thinking = thoughts.Count > 0 ? string.Concat(thoughts) : null,
            Finish = choices.Select(choice => choice.Text("finish_reason")).LastOrDefault(reason => reason is not null),
            Error = ErrorOf(seen),
        }.Counted(seen.Items("chunks").Select(chunk => chunk.Get("usage")).LastOrDefault());
    }

    private static Dictionary<string, object?> Chat(Ask ask)
    {
        var chat = new Dictionary<string, object?> { ["model"] = ask.Model };
        if (ask.Stream)
            chat["stream_options"] = new { include_usage = true };
        if (ask.Thinks)
            (chat["reasoning_effort"], chat["max_completion_tokens"]) = ("low", 4000);
        if (ask.Temperature is { } temperature)
            chat["temperature"] = temperature;
        if (ask.Topic == Topic.Picture)
            chat["messages"] = new[] { new { role = "user", content = new[] { Picture } } };
        if (ask.Topic == Topic.Json)
            chat["response_format"] = new { type = "json_schema", json_schema = new { name = "place", strict = true, schema = Told.Schema } };
        return chat;
    }

    private static object Picture { get; } = new { type = "image_url", image_url = new { url = "data:image/png;base64," + Told.Png } };
}

/// <summary>Reads what OpenAI's API says of tokens.</summary>
internal static class OpenAiUsage
{
    public static Heard Counted(this Heard heard, JsonElement usage) => heard with
    {
        PromptTokens = (long?)usage.Number("prompt_tokens"),
        CachedTokens = (long?)usage.Get("prompt_tokens_details").Number("cached_tokens"),
        OutputTokens = (long?)usage.Number("completion_tokens"),
    };
}
