using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>An upstream's stream, event by event; everything that can go wrong on the way becomes its error.</summary>
internal sealed class HttpChatStream : ChatStream
{
    private readonly HttpResponseMessage response;
    private readonly Patience patience;
    private readonly Func<UpstreamFailure, GatewayError> mapError;
    private readonly IAsyncEnumerator<UpstreamEvent> events;
    private readonly CancellationToken caller;
    private bool firstInHand;

    private HttpChatStream(
        HttpResponseMessage response, UpstreamBody body, IFraming framing, Patience patience,
        Func<UpstreamFailure, GatewayError> mapError, CancellationToken caller)
    {
        this.response = response;
        this.patience = patience;
        this.mapError = mapError;
        this.caller = caller;
        events = framing.ReadAsync(body, CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>Waits for the first event. The stream owns the response and the patience from here on.</summary>
    /// <returns>The stream; if it has not begun, its error says why, and no error that it was empty.</returns>
    public static async Task<HttpChatStream> OpenAsync(
        HttpResponseMessage response, IFraming framing, Patience patience, TimeSpan idleTimeout,
        Func<UpstreamFailure, GatewayError> mapError, CancellationToken caller)
    {
        var body = new UpstreamBody(await response.Content.ReadAsStreamAsync(caller), patience, idleTimeout);
        var stream = new HttpChatStream(response, body, framing, patience, mapError, caller);
        stream.firstInHand = await stream.ReadAsync();
        return stream;
    }

    /// <summary>There is an event to begin with.</summary>
    public bool HasBegun => firstInHand;

    public override ValueTask<bool> MoveNextAsync()
    {
        if (!firstInHand)
            return ReadAsync();

        firstInHand = false;
        return ValueTask.FromResult(true);
    }

    public override async ValueTask DisposeAsync()
    {
        // First the response: it hangs up, and whatever the enumerator still waits for ends.
        response.Dispose();
        await events.DisposeAsync();
        patience.Dispose();
    }

    private async ValueTask<bool> ReadAsync()
    {
        if (Terminated || Error is not null)
            return false;

        try
        {
            while (await events.MoveNextAsync())
            {
                if (TryTake(events.Current))
                    return true;
                if (Terminated || Error is not null)
                    return false;
            }
        }
        catch (OperationCanceledException) when (patience.RanOut)
        {
            Error = UpstreamErrors.Stalled;
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(caller);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            // A caller who leaves can surface as a broken pipe before it does as a cancellation.
            caller.ThrowIfCancellationRequested();
            Error = UpstreamErrors.BrokeOff;
        }
        catch (Exception garbage) when (garbage is JsonException or InvalidDataException)
        {
            Error = UpstreamErrors.BadResponse.Error;
        }

        return false;
    }

    /// <returns>Whether the event is one for the caller.</returns>
    private bool TryTake(UpstreamEvent item)
    {
        var data = item.Data;
        if (data.Span.SequenceEqual("[DONE]"u8))
        {
            Terminated = true;
            return false;
        }

        // An empty event is nothing: passed on, it breaks every client.
        if (data.Span.Trim(" \t\r\n"u8).IsEmpty)
            return false;

        var facts = item.IsError ? default : ChatFacts.Read(data.Span);
        if (item.IsError || facts.ErrorAt is not null)
        {
            Error = mapError(UpstreamFailure.Read(data.Span));
            return false;
        }

        (Current, Facts) = (data, facts);
        return true;
    }
}
