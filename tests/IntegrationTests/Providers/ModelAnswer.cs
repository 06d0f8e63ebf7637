using System.Text;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>One answer of a model, as a wire puts it: plays a script, streamed or whole.</summary>
internal abstract class ModelAnswer(UpstreamCall call)
{
    private const string SseType = "text/event-stream";
    private bool begun;

    protected UpstreamCall Call => call;

    /// <summary>Lines of the head that every answer of this provider has.</summary>
    protected virtual string[] Headers => [];

    protected virtual string StreamType => SseType;

    public async Task PlayAsync(ModelScript script, bool stream)
    {
        call.PieceSize = script.PieceSize;
        foreach (var step in script.Steps)
        {
            switch (step)
            {
                case Hold hold:
                    await hold.Until;
                    break;
                case UntilHungUp until:
                    await WaitAsync(until);
                    return;
                case Reply reply:
                    await call.RespondAsync(reply.Status, reply.Body, reply.ContentType, [.. reply.Headers]);
                    return;
                case BreakOff { Way: var way }:
                    await BreakOffAsync(way, begun ? null : CutBody(script, stream));
                    return;
                case HeadFailure fail:
                    await RefuseAsync(fail.Failure, fail.Message);
                    return;
                case Fail fail when !stream:
                    await RefuseAsync(fail.Failure, fail.Message);
                    return;
                case Fail fail:
                    await BeginAsync(script);
                    await SayFailureAsync(fail.Failure, fail.Message);
                    await call.EndAsync();
                    return;
                default:
                    if (stream)
                        await StreamAsync(step, script);
                    break;
            }
        }

        if (!stream)
        {
            await call.RespondAsync(200, Whole(script), headers: Headers);
            return;
        }

        if (!script.Steps.OfType<Finish>().Any())
            await StreamAsync(new Finish(script.Reason), script);
        await call.EndAsync();
    }

    /// <summary>The answer to one who wants no stream.</summary>
    protected abstract string Whole(ModelScript script);

    /// <summary>Says by the status of the answer that it went wrong.</summary>
    protected abstract Task RefuseAsync(ModelFailure failure, string message);

    protected abstract Task SayBeginAsync(ModelScript script);

    protected abstract Task SayAsync(string piece);

    protected abstract Task SayThoughtAsync(Think thought);

    protected abstract Task SayCallAsync(ToolCall toolCall);

    protected abstract Task SayFinishAsync(FinishReason reason, ModelScript script);

    protected abstract Task SayFailureAsync(ModelFailure failure, string message);

    /// <summary>A sign of life without content; where the wire has no other, what it allows between any two tokens.</summary>
    protected virtual Task SayStillHereAsync() => call.SendChunkAsync(StreamType == SseType ? ": still here\n\n" : "\n");

    // A busy machine may take longer to leave than the gateway waits for a silent provider.
    private async Task WaitAsync(UntilHungUp until)
    {
        until.Reached.TrySetResult();
        var hungUp = call.HungUpAsync();
        if (begun && !until.IsSilent)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
            try
            {
                while (!hungUp.IsCompleted)
                {
                    await SayStillHereAsync();
                    await Task.WhenAny(hungUp, timer.WaitForNextTickAsync().AsTask());
                }
            }
            catch (IOException)
            {
                // Hung up meanwhile.
            }
        }

        await hungUp;
        until.HungUp.TrySetResult();
    }

    private async Task StreamAsync(ModelStep step, ModelScript script)
    {
        await BeginAsync(script);
        switch (step)
        {
            case Say say:
                foreach (var piece in say.Pieces)
                    await SayAsync(piece);
                break;
            case Think thought:
                await SayThoughtAsync(thought);
                break;
            case CallTools calls:
                foreach (var toolCall in calls.Calls)
                    await SayCallAsync(toolCall);
                break;
            case Finish finish:
                await SayFinishAsync(finish.Reason, script);
                break;
        }
    }

    private async Task BeginAsync(ModelScript script)
    {
        if (begun)
            return;

        begun = true;
        await call.BeginStreamAsync(StreamType, Headers);
        await SayBeginAsync(script);
    }

    // One who has said nothing yet breaks off without a word.
    private string? CutBody(ModelScript script, bool stream) =>
        stream || !script.Steps.Any(step => step is Say or Think or CallTools) ? null : Whole(script);

    private async Task BreakOffAsync(BreakOffWay way, string? body)
    {
        if (body is not null)
        {
            var half = body[..(body.Length / 2)];
            var length = way == BreakOffWay.Unfinished ? half.Length : Encoding.UTF8.GetByteCount(body);
            await call.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{half}");
        }

        switch (way)
        {
            case BreakOffWay.Reset:
                call.Reset();
                break;
            case BreakOffWay.Unfinished when begun:
                await call.EndAsync();
                break;
            case BreakOffWay.Closed:
                call.Close();
                break;
            case BreakOffWay.Unfinished when body is null:
                await call.RespondAsync(200, "");
                break;
        }
    }
}
