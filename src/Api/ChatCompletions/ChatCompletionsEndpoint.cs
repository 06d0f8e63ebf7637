using System.IO.Pipelines;
using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Infrastructure.Configuration;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace CleanGateway.Api.ChatCompletions;

/// <summary><c>POST /v1/chat/completions</c>: bytes in, a message, bytes out.</summary>
internal static class ChatCompletionsEndpoint
{
    private const int MostUnflushedBytes = 16 * 1024;
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    public static void MapChatCompletions(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/chat/completions", Create).NeedsClientKey().WithSummary("Answer a chat, whole or as a stream.");

    private static async Task Create(HttpContext http, IMediator mediator, GatewaySettings settings, TimeProvider clock)
    {
        var call = http.Features.GetRequiredFeature<ClientCall>();
        var (body, error) = await RequestBody.ReadAsync(http.Request, settings.MaxRequestBody);
        ChatRequest? chat = null;
        if (error is not null || !ChatRequest.TryParse(body, out chat, out error))
        {
            // Recorded even where the caller has left in the middle of its own request.
            var told = await mediator.Send(new RecordRefusal(call, error!, ChatRequest.Unread(body, error!)), CancellationToken.None);
            await http.Response.WriteErrorAsync(told);
            return;
        }

        switch (await mediator.Send(new CreateChatCompletion(chat, call), http.RequestAborted))
        {
            case ChatOutcome.Completed completed:
                http.Response.ContentType = "application/json";
                http.Response.ContentLength = completed.Json.Length;
                await http.Response.Body.WriteAsync(completed.Json, http.RequestAborted);
                break;

            case ChatOutcome.Streaming { Events: var events }:
                await using (events)
                    await WriteAsync(http.Response, events, clock);
                break;

            case ChatOutcome.Refused refused:
                await http.Response.WriteErrorAsync(refused.Error);
                break;
        }
    }

    private static async Task WriteAsync(HttpResponse response, ChatStream events, TimeProvider clock)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";   // nginx would hold events back
        var output = response.BodyWriter;
        var begun = false;

        while (true)
        {
            var next = events.MoveNextAsync();

            // What there is goes out when the source would wait: many events from one read cost one flush. A source that
            // never waits is held back by how fast the caller reads, or all of it would gather here.
            var more = next.IsCompleted && output.UnflushedBytes < MostUnflushedBytes ? await next : await FlushAndWaitAsync(output, next, clock);
            if (!more)
                break;

            output.WriteEvent(events.Current.Span);
            if (!begun)
                await output.FlushAsync();   // the first words wait for no others
            begun = true;
        }

        if (events.Error is { } error)
        {
            output.WriteEvent(ErrorBody.Write(error).Span);
            await output.FlushAsync();
            throw new BrokenStreamException(error.Code);
        }

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
