using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;

namespace CleanGateway.UnitTests.Application;

/// <summary>A provider's stream that says these chunks and then ends as it was told to: well, unless told otherwise.</summary>
internal sealed class ScriptedStream(params string[] chunks) : InferenceStream
{
    private int position;

    public bool SaysDone { get; init; } = true;
    public GatewayError? EndsWith { get; init; }
    public Exception? Throws { get; init; }
    public bool HungUp { get; private set; }

    public override async ValueTask<bool> MoveNextAsync()
    {
        await Task.Yield();
        if (position < chunks.Length)
        {
            Current = Encoding.UTF8.GetBytes(chunks[position++]);
            Facts = ChatFacts.Read(Current.Span);
            return true;
        }

        if (Throws is not null)
            throw Throws;

        Error = EndsWith;
        Terminated = SaysDone && EndsWith is null;
        return false;
    }

    public override ValueTask DisposeAsync()
    {
        HungUp = true;
        return ValueTask.CompletedTask;
    }
}
