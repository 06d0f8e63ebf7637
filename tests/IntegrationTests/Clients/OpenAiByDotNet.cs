using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;
using OpenAI;
using OpenAI.Chat;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>OpenAI's library for .NET.</summary>
internal sealed class OpenAiByDotNet(Uri url, string key, CancellationToken stop) : ProviderClient
{
    public override async Task<Heard> AskAsync(Ask ask)
    {
        var heard = new Hearing();
        await heard.TryAsync(() => PlayAsync(ask, Messages(ask), Options(ask), heard));
        return heard.Result;
    }

    public override async Task<Heard> UseToolsAsync(Ask ask)
    {
        var (first, second) = (new Hearing(), new Hearing());
        await second.TryAsync(async () =>
        {
            var (messages, options) = (Messages(ask), Options(ask));
            foreach (var tool in Tools)
                options.Tools.Add(tool);

            await PlayAsync(ask, messages, options, first);
            messages.Add(new AssistantChatMessage(first.Calls));
            foreach (var call in first.Calls)
                messages.Add(new ToolChatMessage(call.Id, UseTool(call.FunctionName, JsonReading.Parsed(call.FunctionArguments.ToString()))));
            await PlayAsync(ask, messages, options, second);
        });
        return second.Result with { Calls = [.. first.Calls.Select(call => call.FunctionArguments.ToString())] };
    }

    public override async Task LeaveAsync(bool stream, Task waiting)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var ask = new Ask(ProviderTest.Model);
        var asking = stream
            ? Chat(ask).CompleteChatStreamingAsync(Messages(ask), cancellationToken: leaving.Token).LastOrDefaultAsync(leaving.Token).AsTask()
            : (Task)Chat(ask).CompleteChatAsync(Messages(ask), cancellationToken: leaving.Token);
        await waiting.WaitAsync(stop);
        await leaving.CancelAsync();
        await asking.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
    }

    private async Task PlayAsync(Ask ask, List<ChatMessage> messages, ChatCompletionOptions options, Hearing heard)
    {
        if (!ask.Stream)
        {
            heard.Add((await Chat(ask).CompleteChatAsync(messages, options, stop)).Value);
            return;
        }

        await foreach (var update in Chat(ask).CompleteChatStreamingAsync(messages, options, stop))
            heard.Add(update);
        heard.EndCalls();
    }

    private ChatClient Chat(Ask ask) => new OpenAIClient(
        new ApiKeyCredential(key),
        new OpenAIClientOptions { Endpoint = url, RetryPolicy = new ClientRetryPolicy(maxRetries: 0) }).GetChatClient(ask.Model);

    private static List<ChatMessage> Messages(Ask ask) =>
    [
        ask.Topic == Topic.Picture
            ? new UserChatMessage(ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(Convert.FromBase64String(Told.Png)), "image/png"))
            : new UserChatMessage("Say hello!"),
    ];

    private static ChatCompletionOptions Options(Ask ask)
    {
        var options = new ChatCompletionOptions { Temperature = ask.Temperature };
#pragma warning disable OPENAI001   // may change; then this line does
        if (ask.Thinks)
            (options.ReasoningEffortLevel, options.MaxOutputTokenCount) = (ChatReasoningEffortLevel.Low, 4000);
#pragma warning restore OPENAI001
        if (ask.Topic == Topic.Json)
            options.ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat(
                "place", BinaryData.FromObjectAsJson(Told.Schema), jsonSchemaIsStrict: true);
        return options;
    }

    private static readonly ChatTool[] Tools =
    [
        ChatTool.CreateFunctionTool(
            "get_weather", "The weather in a city.",
            BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""")),
        ChatTool.CreateFunctionTool("get_time"),
    ];

    private sealed class Hearing
    {
        private readonly StringBuilder text = new();
        private readonly SortedDictionary<int, (string Id, string Name, StringBuilder Arguments)> begun = [];
        private ChatTokenUsage? usage;
        private ChatFinishReason? reason;
        private HeardError? error;

        public List<ChatToolCall> Calls { get; } = [];

        public Heard Result => new()
        {
            Text = text.ToString(),
            Finish = reason switch
            {
                ChatFinishReason.Stop => "stop",
                ChatFinishReason.ToolCalls => "tool_calls",
                ChatFinishReason.Length => "length",
                _ => null,
            },
            PromptTokens = usage?.InputTokenCount,
            CachedTokens = usage?.InputTokenDetails?.CachedTokenCount,
            OutputTokens = usage?.OutputTokenCount,
            Error = error,
        };

        public async Task TryAsync(Func<Task> call)
        {
            try
            {
                await call();
            }
            catch (ClientResultException refused)
            {
                var response = refused.GetRawResponse();
                var body = response is null ? default : JsonReading.Parsed(response.Content.ToString()).Get("error");
                error = new HeardError(
                    refused.GetType().Name, refused.Status, body.Text("type"), body.Get("code").ToString(), body.Text("message") ?? refused.Message,
                    response?.Headers.TryGetValue("Retry-After", out var seconds) == true ? seconds : null);
            }
            catch (Exception broken) when (broken is IOException or JsonException)
            {
                error = new HeardError(broken.GetType().Name, null, null, null, broken.Message, null);
            }
        }

        public void Add(ChatCompletion completion)
        {
            text.Append(string.Concat(completion.Content.Select(part => part.Text)));
            Calls.AddRange(completion.ToolCalls);
            (usage, reason) = (completion.Usage, completion.FinishReason);
        }

        public void Add(StreamingChatCompletionUpdate update)
        {
            text.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
            (usage, reason) = (update.Usage ?? usage, update.FinishReason ?? reason);
            foreach (var piece in update.ToolCallUpdates)
            {
                if (!begun.TryGetValue(piece.Index, out var call))
                    call = begun[piece.Index] = (piece.ToolCallId, piece.FunctionName, new StringBuilder());
                call.Arguments.Append(piece.FunctionArgumentsUpdate is { } arguments && arguments.ToMemory().Length > 0 ? arguments.ToString() : "");
            }
        }

        public void EndCalls() => Calls.AddRange(begun.Values.Select(
            call => ChatToolCall.CreateFunctionToolCall(call.Id, call.Name, BinaryData.FromString(call.Arguments.ToString()))));
    }
}
