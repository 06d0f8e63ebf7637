using System.Text;
using System.Text.Json;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>Anthropic's library for .NET.</summary>
internal sealed class AnthropicByDotNet(Uri url, string key, CancellationToken stop) : ProviderClient
{
    private const int MaxTokens = 2000;

    public override async Task<Heard> AskAsync(Ask ask)
    {
        var heard = new Hearing();
        await heard.TryAsync(() => PlayAsync(ask, Request(ask), heard));
        return heard.Result;
    }

    public override async Task<Heard> UseToolsAsync(Ask ask)
    {
        var (first, second) = (new Hearing(), new Hearing());
        await second.TryAsync(async () =>
        {
            var request = Request(ask) with { Tools = Tools };
            await PlayAsync(ask, request, first);
            var results = first.Calls.Select(call => (ContentBlockParam)new ToolResultBlockParam
            {
                ToolUseID = call.ID,
                Content = UseTool(call.Name, JsonSerializer.SerializeToElement(call.Input)),
            }).ToList();
            await PlayAsync(
                ask,
                request with { Messages = [.. request.Messages, new AssistantMessageParam(first.Blocks), new UserMessageParam(results)] },
                second);
        });
        return second.Result with { Calls = [.. first.Calls.Select(call => JsonReading.ToJson(call.Input))] };
    }

    public override async Task LeaveAsync(bool stream, Task waiting)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var request = Request(new Ask(ProviderTest.Model));
        var asking = stream
            ? Connect().Messages.CreateStreaming(request, leaving.Token).LastOrDefaultAsync(leaving.Token).AsTask()
            : (Task)Connect().Messages.Create(request, leaving.Token);
        await waiting.WaitAsync(stop);
        await leaving.CancelAsync();
        await asking.Awaiting(task => task).Should().ThrowAsync<Exception>();
    }

    private async Task PlayAsync(Ask ask, MessageCreateParams request, Hearing heard)
    {
        if (!ask.Stream)
        {
            heard.Add(await Connect().Messages.Create(request, stop));
            return;
        }

        await foreach (var next in Connect().Messages.CreateStreaming(request, stop))
            heard.Add(next);
    }

    private AnthropicClient Connect() => new() { BaseUrl = url.AbsoluteUri, ApiKey = key, MaxRetries = 0 };

    private static MessageCreateParams Request(Ask ask)
    {
        var request = new MessageCreateParams
        {
            Model = ask.Model,
            MaxTokens = MaxTokens,
            Messages =
            [
                ask.Topic == Topic.Picture ? new UserMessageParam(new List<ContentBlockParam> { Picture }) : new UserMessageParam("Say hello!"),
            ],
        };
        if (ask.Thinks)
            request = request with { Thinking = new ThinkingConfigEnabled { BudgetTokens = 1024 } };
        if (ask.Topic == Topic.Json)
            request = request with { OutputConfig = new OutputConfig { Format = new JsonOutputFormat { Schema = Members(Told.Schema) } } };
        return request;
    }

    private static ContentBlockParam Picture =>
        new ImageBlockParam { Source = new Base64ImageSource { Data = Told.Png, MediaType = MediaType.ImagePng } };

    private static List<ToolUnion> Tools =>
    [
        new Tool
        {
            Name = "get_weather",
            InputSchema = new InputSchema { Properties = Members(new { city = new { type = "string" } }), Required = ["city"] },
        },
        new Tool { Name = "get_time", InputSchema = new InputSchema { Properties = Members(new { }) } },
    ];

    private static Dictionary<string, JsonElement> Members(object value) =>
        JsonSerializer.SerializeToElement(value).EnumerateObject().ToDictionary(member => member.Name, member => member.Value);

    private sealed class Hearing
    {
        private readonly StringBuilder text = new();
        private readonly List<Block> blocks = [];
        private string? reason;
        private (long? Prompt, long? Cached, long? Output) tokens;
        private bool hasEnded = true;
        private HeardError? error;

        public IEnumerable<ToolUseBlockParam> Calls => blocks.Where(block => block.Name is not null).Select(block => block.ToCall());

        /// <summary>What the model has said, to be sent back.</summary>
        public List<ContentBlockParam> Blocks => [.. blocks.Select(block => block.ToParam())];

        public Heard Result => new()
        {
            Text = text.ToString(),
            Thinking = blocks.Exists(block => block.IsThought)
                ? string.Concat(blocks.Where(block => block.IsThought).Select(block => block.Said))
                : null,
            Finish = reason,
            PromptTokens = tokens.Prompt,
            CachedTokens = tokens.Cached,
            OutputTokens = tokens.Output,
            Error = error ?? (hasEnded ? null : new HeardError("no message_stop", null, null, null, "", null)),
        };

        public async Task TryAsync(Func<Task> call)
        {
            try
            {
                await call();
            }
            catch (AnthropicApiException refused)
            {
                var body = JsonReading.Parsed(refused.ResponseBody).Get("error");
                error = new HeardError(
                    refused.GetType().Name, (int)refused.StatusCode, body.Text("type"), null, body.Text("message") ?? refused.Message, null);
            }
            catch (Exception broken) when (broken is AnthropicException or IOException or HttpRequestException or JsonException)
            {
                error = new HeardError(broken.GetType().Name, null, null, null, broken.Message, null);
            }
        }

        public void Add(Message message)
        {
            foreach (var block in message.Content)
            {
                if (block.TryPickText(out var said))
                {
                    text.Append(said.Text);
                    blocks.Add(new Block().Saying(said.Text));
                }
                else if (block.TryPickThinking(out var thought))
                {
                    blocks.Add(new Block { IsThought = true, Signature = thought.Signature }.Saying(thought.Thinking));
                }
                else if (block.TryPickToolUse(out var call))
                {
                    blocks.Add(new Block { Id = call.ID, Name = call.Name }.Saying(JsonReading.ToJson(call.Input)));
                }
            }

            reason = message.StopReason?.Raw();
            tokens = (
                message.Usage.InputTokens + (message.Usage.CacheReadInputTokens ?? 0) + (message.Usage.CacheCreationInputTokens ?? 0),
                message.Usage.CacheReadInputTokens, message.Usage.OutputTokens);
        }

        public void Add(RawMessageStreamEvent next)
        {
            hasEnded = next.TryPickStop(out _);
            if (next.TryPickContentBlockStart(out var start))
            {
                blocks.Add(start.ContentBlock.TryPickToolUse(out var call)
                    ? new Block { Id = call.ID, Name = call.Name }
                    : new Block { IsThought = start.ContentBlock.TryPickThinking(out _) });
            }
            else if (next.TryPickContentBlockDelta(out var delta))
            {
                Add(delta.Delta);
            }
            else if (next.TryPickDelta(out var end))
            {
                reason = end.Delta.StopReason?.Raw();
                tokens = (
                    end.Usage.InputTokens + (end.Usage.CacheReadInputTokens ?? 0) + (end.Usage.CacheCreationInputTokens ?? 0),
                    end.Usage.CacheReadInputTokens, end.Usage.OutputTokens);
            }
        }

        private void Add(RawContentBlockDelta delta)
        {
            if (delta.TryPickText(out var said))
            {
                text.Append(said.Text);
                blocks[^1].Saying(said.Text);
            }
            else if (delta.TryPickThinking(out var thought))
            {
                blocks[^1].Saying(thought.Thinking);
            }
            else if (delta.TryPickSignature(out var signed))
            {
                blocks[^1].Signature = signed.Signature;
            }
            else if (delta.TryPickInputJson(out var json))
            {
                blocks[^1].Saying(json.PartialJson);
            }
        }
    }

    private sealed class Block
    {
        private readonly StringBuilder said = new();

        public string? Id { get; init; }
        public string? Name { get; init; }
        public bool IsThought { get; init; }
        public string? Signature { get; set; }
        public string Said => said.ToString();

        public Block Saying(string piece)
        {
            said.Append(piece);
            return this;
        }

        public ToolUseBlockParam ToCall() => new()
        {
            ID = Id!, Name = Name!,
            Input = JsonReading.Parsed(said.Length > 0 ? Said : "{}").EnumerateObject().ToDictionary(member => member.Name, member => member.Value),
        };

        public ContentBlockParam ToParam() => this switch
        {
            { Name: not null } => ToCall(),
            { IsThought: true } => new ThinkingBlockParam { Thinking = Said, Signature = Signature ?? "" },
            _ => new TextBlockParam(Said),
        };
    }
}
