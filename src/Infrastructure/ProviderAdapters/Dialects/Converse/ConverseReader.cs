using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>Reads what Converse or ConverseStream answers to one request.</summary>
/// <param name="model">What the provider calls the model: the answer does not say it.</param>
/// <param name="answerTool">The tool whose arguments are the answer, as it was sent; null when there is none.</param>
internal sealed class ConverseReader(
    ThoughtOwner owner, string model, ToolNames names, string? answerTool, DialectServices services) : TranslatedChat
{
    private readonly string created = $"chatcmpl-{Guid.CreateVersion7(services.Clock.GetUtcNow()):N}";
    private readonly Dictionary<int, ConverseBlockReader> open = [];
    private ConverseBlocks? blocks;
    private string? requestId;
    private bool hasStopped;

    public override void Begin(HttpResponseHeaders headers)
    {
        if (headers.TryGetValues("x-amzn-requestid", out var ids))
            requestId = ids.FirstOrDefault();
    }

    protected override UpstreamFailure? ReadWhole(JsonElement root, WholeChat answer)
    {
        if (root.Given("output")?.Given("message") is not { } message)
            return BedrockErrors.Read(root) is var failure && (failure.Type ?? failure.Message) is not null
                ? failure
                : throw new InvalidDataException("It is neither a message nor an exception.");

        var all = Start(answer);
        answer.Role(0);
        foreach (var (index, block) in message.GetProperty("content").EnumerateArray().Index())
            ConverseBlockReader.ReadWhole(all, block);
        answer.Usage = ConverseUsage.Read(root);
        all.Finish(root.GetProperty("stopReason").GetString());
        return null;
    }

    protected override UpstreamFailure? ReadEvent(string? name, JsonElement root, ChatChunks answer)
    {
        blocks ??= Start(answer);
        switch (name)
        {
            case "messageStart":
                answer.Role(0);
                break;
            case "contentBlockStart":
                BlockOf(root).Start(root.GetProperty("start"));
                break;
            case "contentBlockDelta":
                BlockOf(root).Add(root.GetProperty("delta"));
                break;
            case "contentBlockStop":
                if (open.Remove(IndexOf(root), out var block))
                    block.End();
                break;
            case "messageStop":
                foreach (var left in open.Values)
                    left.End();
                open.Clear();
                blocks.Finish(root.GetProperty("stopReason").GetString());
                hasStopped = true;
                break;
            case "metadata":
                // It is the last one; before the message has stopped it would be out of order, and ends nothing.
                answer.Usage = ConverseUsage.Read(root);
                if (hasStopped)
                    answer.End();
                break;
        }

        return null;
    }

    protected override void ReadEnd(ChatChunks answer)
    {
        if (hasStopped)
            answer.End();
    }

    private ConverseBlocks Start(ChatAnswer answer)
    {
        answer.Begin(requestId is { Length: > 0 } ? $"chatcmpl-{requestId}" : created, model, services.Clock.GetUtcNow().ToUnixTimeSeconds());
        return new ConverseBlocks(answer, owner, names, answerTool, services.Thoughts);
    }

    private ConverseBlockReader BlockOf(JsonElement root)
    {
        var index = IndexOf(root);
        if (!open.TryGetValue(index, out var block))
            open[index] = block = new ConverseBlockReader(blocks!);
        return block;
    }

    private static int IndexOf(JsonElement root) => root.Given("contentBlockIndex")?.GetInt32() ?? 0;
}
