using System.Text.Json;
using CleanGateway.Application.Inference;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>An upstream's stream, event by event; everything that can go wrong on the way becomes its error.</summary>
/// <param name="mapError">Of an event that is an error: what it says, or what the dialect has made of it already.</param>
internal sealed class HttpStream(
    InferenceRequest request, HttpResponseMessage response, IAsyncEnumerable<UpstreamEvent> upstream, IAnswerReader reader, Patience patience,
    Func<ReadOnlyMemory<byte>, UpstreamFailure?, InferenceOutcome.Refused> mapError, CancellationToken caller) : InferenceStream
{
    /// <summary>
    /// How long a stream that has begun with nothing but signs of life is waited for before its caller is told that it has:
    /// what goes wrong until then is still an error with a status of its own.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    private readonly IAsyncEnumerator<UpstreamEvent> events = upstream.GetAsyncEnumerator(CancellationToken.None);
    private readonly AnswerEvents answer = new();

    // What was read before the answer had really begun, in order; and a read that is still under way.
    private readonly Queue<(ReadOnlyMemory<byte> Json, string? Name, AnswerFacts Facts)> held = new();
    private Task<bool>? reading;
    private bool hasBegun;
    private bool hadLast;
    private bool atEnd;

    /// <summary>What the call comes to if the stream has not begun; null when it ended without having said anything.</summary>
    public InferenceOutcome.Refused? Refusal { get; private set; }

    /// <summary>Waits for the first event that the answer begins with.</summary>
    /// <returns>Whether there is a stream to hand out.</returns>
    public async Task<bool> BeginAsync(TimeProvider clock)
    {
        var started = clock.GetTimestamp();
        while (await ReadFirstAsync(held.Count == 0 ? null : Grace - clock.GetElapsedTime(started), clock))
        {
            held.Enqueue((Current, Name, Facts));
            if (reading is not null || request.HasContent(Current.Span, Facts))
                return hasBegun = true;
        }

        // Nothing of what the answer consists of: an error has its own status, and without one there was no answer.
        return hasBegun = reading is not null || (Error is null && held.Count > 0);
    }

    public override ValueTask<bool> MoveNextAsync()
    {
        if (held.TryDequeue(out var first))
        {
            (Current, Name, Facts) = first;
            return ValueTask.FromResult(true);
        }

        if (reading is not { } begun)
            return ReadAsync();

        reading = null;
        return new ValueTask<bool>(begun);
    }

    public override async ValueTask DisposeAsync()
    {
        // First the response: it hangs up, and whatever the enumerator still waits for ends.
        response.Dispose();
        if (reading is not null)
            await reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await events.DisposeAsync();
        patience.Dispose();
    }

    // Past the grace the read goes on by itself, and whoever moves next waits for it.
    private async Task<bool> ReadFirstAsync(TimeSpan? grace, TimeProvider clock)
    {
        var read = ReadAsync();
        if (read.IsCompleted || grace is not { } time)
            return await read;

        var waiting = read.AsTask();
        try
        {
            return await waiting.WaitAsync(time > TimeSpan.Zero ? time : TimeSpan.Zero, clock);
        }
        catch (TimeoutException) when (!waiting.IsCompleted)
        {
            (reading, hasBegun) = (waiting, true);
            return false;
        }
    }

    private async ValueTask<bool> ReadAsync()
    {
        try
        {
            while (true)
            {
                if (answer.TryTake(out var json, out var name))
                {
                    if (TryTake(json, name))
                        return true;
                }
                else if (answer.Failure is { } failure)
                {
                    return Fail(mapError(default, failure));
                }
                else if (answer.Terminated || hadLast || atEnd || Error is not null)
                {
                    Terminated = answer.Terminated || hadLast;
                    return false;
                }
                else if (!await events.MoveNextAsync())
                {
                    atEnd = true;
                    reader.End(answer);
                }
                else if (events.Current.IsError)
                {
                    return Fail(mapError(events.Current.Data, null));
                }
                else
                {
                    reader.Read(events.Current, answer);
                }
            }
        }
        catch (OperationCanceledException) when (patience.RanOut)
        {
            return Fail(new InferenceOutcome.Refused(UpstreamErrors.Stalled, MayBeBilled: true));
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(caller);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            // A caller who leaves can surface as a broken pipe before it does as a cancellation.
            caller.ThrowIfCancellationRequested();
            return Fail(new InferenceOutcome.Refused(UpstreamErrors.BrokeOff, MayBeBilled: true));
        }
        catch (Exception garbage) when (garbage is JsonException or InvalidDataException)
        {
            return Fail(UpstreamErrors.BadResponse);
        }
    }

    private bool Fail(InferenceOutcome.Refused refused)
    {
        (Refusal, Error) = (refused, refused.Error);
        return false;
    }

    /// <returns>Whether the event is one for the caller.</returns>
    private bool TryTake(ReadOnlyMemory<byte> json, string? name)
    {
        // An empty event is nothing: passed on, it breaks every client.
        if (json.Span.Trim(" \t\r\n"u8).IsEmpty)
            return false;

        var facts = request.Read(json.Span);
        if (facts.Repairs is { } repairs)
        {
            json = repairs.ApplyTo(json);
            facts = request.Read(json.Span);
        }

        if (facts.ErrorAt is not null || (facts.HasFailed && !hasBegun))
        {
            Fail(mapError(json, null));
            return false;
        }

        (Current, Name, Facts) = (json, name ?? facts.Name, facts);
        hadLast |= facts.IsLast;
        return true;
    }
}
