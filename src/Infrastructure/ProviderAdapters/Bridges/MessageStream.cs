using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>A chat's stream, as a stream of Anthropic's events.</summary>
/// <param name="model">What the model is called where the provider does not say it.</param>
internal sealed class MessageStream(InferenceStream chat, MessagesRequest request, string model, DateTimeOffset now) : InferenceStream
{
    private readonly MessageEvents events = new(request, model, now);
    private bool ended;

    public override async ValueTask<bool> MoveNextAsync()
    {
        while (true)
        {
            if (events.TryTake(out var json, out var facts))
            {
                (Current, Name, Facts) = (json, facts.Name, facts);
                return true;
            }

            if (ended)
                return false;

            if (await chat.MoveNextAsync())
            {
                events.Add(chat.Current, chat.Facts);
                continue;
            }

            // Without a good end there is none here either: whoever reads on finds the stream broken off.
            (ended, Error) = (true, chat.Error);
            // A chat that only ends has not said that it was to its end.
            if (Error is not null || !events.HasFinished)
                return false;

            events.End();
            Terminated = true;
        }
    }

    public override ValueTask DisposeAsync() => chat.DisposeAsync();
}
