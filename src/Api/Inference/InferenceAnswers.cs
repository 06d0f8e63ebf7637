using System.IO.Pipelines;
using CleanGateway.Api.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace CleanGateway.Api.Inference;

/// <summary>Reads a request that a model answers, and writes what it came to, in the form of the API that was called.</summary>
internal static class InferenceAnswers
{
    private const int MostUnflushedBytes = 16 * 1024;
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    /// <summary>Reads a request out of bytes, or says in one error what is wrong with it.</summary>
    public delegate bool Parse<TRequest>(ReadOnlyMemory<byte> body, out TRequest request, out GatewayError? error);

    /// <param name="message">What is sent for a request that can be read.</param>
    public static async Task AnswerAsync<TRequest>(
        HttpContext http, IMediator mediator, GatewaySettings settings, TimeProvider clock,
        Parse<TRequest> parse, Func<TRequest, ClientCall, IRequest<InferenceOutcome>> message)
        where TRequest : InferenceRequest
    {
        var call = http.Features.GetRequiredFeature<ClientCall>();
        var load = http.RequestServices.GetRequiredService<InferenceLoad>();
        if (!load.TryBegin(http))
        {
            await http.Response.WriteErrorAsync(InferenceLoad.Overloaded);
            return;
        }

        var began = clock.GetTimestamp();
        var (body, error) = await RequestBody.ReadAsync(http.Request, settings.MaxRequestBody, load);
        call.WaitedForCaller(clock.GetElapsedTime(began));
        if (error == InferenceLoad.Overloaded)
        {
            await http.Response.WriteErrorAsync(error);
            return;
        }

        TRequest? request = null;
        if (error is not null || !parse(body, out request, out error))
        {
            // Recorded even where the caller has left in the middle of its own request.
            var told = await mediator.Send(new RecordRefusal(call, error!, InferenceRequest.Unread(body, error!)), CancellationToken.None);
            await http.Response.WriteErrorAsync(told);
            return;
        }

        await WriteAsync(http, await mediator.Send(message(request, call), http.RequestAborted), call.Api, clock);
    }

    /// <summary>Writes what a call came to. A stream is disposed, whatever happens.</summary>
    internal static async Task WriteAsync(HttpContext http, InferenceOutcome outcome, ApiFormat api, TimeProvider clock)
    {
        await using var stream = (outcome as InferenceOutcome.Streaming)?.Events;
        DroppedParamsHeader.Write(http.Response, outcome.DroppedParams);
        switch (outcome)
        {
            case InferenceOutcome.Completed completed:
                http.Response.ContentType = "application/json";
                http.Response.ContentLength = completed.Json.Length;
                await http.Response.Body.WriteAsync(completed.Json, http.RequestAborted);
                break;

            case InferenceOutcome.Streaming { Events: var events }:
                await WriteAsync(http.Response, events, api, clock);
                break;

            case InferenceOutcome.Refused refused:
                await http.Response.WriteErrorAsync(refused.Error);
                break;
        }
    }

    private static async Task WriteAsync(HttpResponse response, InferenceStream events, ApiFormat api, TimeProvider clock)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";   // nginx would hold events back
        var output = response.BodyWriter;
        var begun = false;
        var written = 0;

        while (true)
        {
            var next = events.MoveNextAsync();

            // What there is goes out when the source would wait: many events from one read cost one flush. A source that
            // never waits is held back by how fast the caller reads, or all of it would gather here.
            var more = next.IsCompleted && output.UnflushedBytes < MostUnflushedBytes ? await next : await FlushAndWaitAsync(output, next, clock);
            if (!more)
                break;

            output.WriteEvent(events.Current.Span, events.Name);
            written++;
            if (!begun)
                await output.FlushAsync();   // the first words wait for no others
            begun = true;
        }

        if (events.Error is { } error)
        {
            StreamErrors.Write(output, error, api, written);
            await output.FlushAsync();
            throw new BrokenStreamException(error.Code);
        }

        if (api == ApiFormat.ChatCompletions)
            output.WriteEvent("[DONE]"u8);
        await output.FlushAsync();
    }

    // The flush takes no cancellation: when the caller leaves, it just ends, and so does the wait for the upstream.
    private static async Task<bool> FlushAndWaitAsync(PipeWriter output, ValueTask<bool> next, TimeProvider clock)
    {
        var waiting = next.AsTask();
        await output.FlushAsync();
        while (true)
        {
            try
            {
                return await waiting.WaitAsync(KeepAliveInterval, clock);
            }
            catch (TimeoutException) when (!waiting.IsCompleted)
            {
                output.WriteKeepAlive();
                await output.FlushAsync();
            }
        }
    }
}
