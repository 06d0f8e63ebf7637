using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>How long an upstream is waited for.</summary>
/// <param name="FirstByte">For the answer to begin.</param>
/// <param name="Idle">For it to go on.</param>
internal sealed record UpstreamTimeouts(TimeSpan FirstByte, TimeSpan Idle);

/// <summary>Any provider that is reached over HTTP: what differs between them is in its dialect, credential and framing.</summary>
internal sealed partial class HttpChatProvider(
    UpstreamAccount account, IDialect dialect, ICredential credential, IFraming framing, HttpMessageInvoker connections,
    UpstreamTimeouts timeouts, TimeProvider clock, ILogger logger)
    : IChatProvider
{
    private const int MaxAnswerBytes = 64 * 1024 * 1024;
    private const int MaxErrorBytes = 64 * 1024;
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly ProductInfoHeaderValue UserAgent = new("CleanGateway", "1.0");

    public async Task<ChatOutcome> SendAsync(ChatRequest chat, ChatTarget target, CancellationToken cancellationToken)
    {
        var patience = new Patience(timeouts.FirstByte, clock, cancellationToken);
        HttpResponseMessage? response = null;
        var streaming = false;
        try
        {
            using var request = await CreateRequestAsync(chat, target, cancellationToken);
            response = await connections.SendAsync(request, patience.Token);
            var outcome = await ReadAsync(chat, response, patience, cancellationToken);
            streaming = outcome is ChatOutcome.Streaming;
            return outcome;
        }
        catch (OperationCanceledException) when (patience.RanOut)
        {
            LogTimedOut(account.Name, timeouts.FirstByte.TotalSeconds);
            return UpstreamErrors.TimedOut;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LogFailed(account.Name, ErrorOf(failure), failure.GetBaseException().GetType().Name);
            return failure.InnerException is DestinationRefusedException ? UpstreamErrors.NotAllowed
                : IsBeforeSending(failure) ? UpstreamErrors.Unreachable
                : ErrorOf(failure) is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded ? UpstreamErrors.BadResponse
                : UpstreamErrors.Disconnected;
        }
        finally
        {
            if (!streaming)
            {
                response?.Dispose();
                patience.Dispose();
            }
        }
    }

    private async ValueTask<HttpRequestMessage> CreateRequestAsync(ChatRequest chat, ChatTarget target, CancellationToken cancellationToken)
    {
        var body = dialect.WriteRequest(chat, target);
        var request = new HttpRequestMessage(HttpMethod.Post, dialect.UrlFor(target))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = Json } },
        };
        request.Headers.Accept.ParseAdd(chat.Stream ? framing.MediaType : "application/json");
        request.Headers.UserAgent.Add(UserAgent);
        await credential.ApplyAsync(request, body, cancellationToken);
        return request;
    }

    private async Task<ChatOutcome> ReadAsync(ChatRequest chat, HttpResponseMessage response, Patience patience, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
            return await ReadErrorAsync(response, patience);

        // Nothing was asked to be compressed; what is all the same is not unpacked, whatever its size would be.
        if (response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            return BadResponse("it is compressed");

        var isStream = framing.MediaType.Equals(response.Content.Headers.ContentType?.MediaType, StringComparison.OrdinalIgnoreCase);
        if (chat.Stream && isStream)
            return await OpenStreamAsync(response, patience, cancellationToken);

        var body = await ReadBodyAsync(response, MaxAnswerBytes, patience);
        return body is null ? BadResponse($"it is larger than {MaxAnswerBytes} bytes") : ReadAnswer(chat, response, body.Value);
    }

    private async Task<ChatOutcome> OpenStreamAsync(HttpResponseMessage response, Patience patience, CancellationToken cancellationToken)
    {
        var stream = await HttpChatStream.OpenAsync(response, framing, patience, timeouts.Idle, MapStreamError, cancellationToken);
        if (stream.HasBegun)
            return new ChatOutcome.Streaming(stream);

        var error = stream.Error;
        await stream.DisposeAsync();
        if (error is null)
            return BadResponse("the stream is empty");

        LogStreamRefused(account.Name, error.Code);
        return error == UpstreamErrors.Stalled ? UpstreamErrors.TimedOut : new ChatOutcome.Refused(error, MayBeBilled: true, IsProvidersWord: true);
    }

    private ChatOutcome ReadAnswer(ChatRequest chat, HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        ChatFacts facts;
        try
        {
            facts = ChatFacts.Read(body.Span);
        }
        catch (JsonException)
        {
            return BadResponse("it is not JSON");
        }

        // Some answer 200 and put the error inside, sometimes with the status it should have had.
        if (facts.ErrorAt is not null)
            return Map(HttpStatusCode.InternalServerError, response.Headers, UpstreamFailure.Read(body.Span));

        if (chat.Stream)
            return BadResponse("a stream was asked for");

        return facts.HasChoices
            ? new ChatOutcome.Completed(body, facts.Usage ?? UsageReport.None, facts.Model)
            : BadResponse("it has no choices");
    }

    private async Task<ChatOutcome> ReadErrorAsync(HttpResponseMessage response, Patience patience)
    {
        UpstreamFailure failure;
        try
        {
            failure = UpstreamFailure.Read((await ReadBodyAsync(response, MaxErrorBytes, patience) ?? default).Span);
        }
        catch (Exception unreadable) when (unreadable is HttpRequestException or IOException || (unreadable is OperationCanceledException && patience.RanOut))
        {
            failure = UpstreamFailure.Read(default);   // the status alone says enough
        }

        return Map(response.StatusCode, response.Headers, failure);
    }

    private ChatOutcome.Refused Map(HttpStatusCode status, HttpResponseHeaders? headers, UpstreamFailure failure)
    {
        if (status == HttpStatusCode.InternalServerError && InnerStatus(failure) is { } inner)
            status = inner;

        LogRefused(account.Name, (int)status, failure.Type, failure.Code);
        return UpstreamErrors.Map(status, headers, failure, account.Credentials.ApiKey, clock.GetUtcNow());
    }

    private GatewayError MapStreamError(UpstreamFailure failure) => Map(HttpStatusCode.InternalServerError, headers: null, failure).Error;

    private static HttpStatusCode? InnerStatus(UpstreamFailure failure) =>
        int.TryParse(failure.Code, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 400 and <= 599 ? (HttpStatusCode)code : null;

    /// <returns>Null when the body is larger than allowed.</returns>
    private async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpResponseMessage response, int most, Patience patience)
    {
        if (response.Content.Headers.ContentLength > most)
            return null;

        var body = new ArrayBufferWriter<byte>((int)Math.Max(response.Content.Headers.ContentLength ?? 4096, 1));
        await using var stream = await response.Content.ReadAsStreamAsync(patience.Token);
        while (true)
        {
            patience.Restart(timeouts.Idle);
            var read = await stream.ReadAsync(body.GetMemory(1), patience.Token);
            if (read == 0)
                return body.WrittenMemory;

            body.Advance(read);
            if (body.WrittenCount > most)
                return null;
        }
    }

    private ChatOutcome.Refused BadResponse(string why)
    {
        LogBadResponse(account.Name, why);
        return UpstreamErrors.BadResponse;
    }

    private static HttpRequestError ErrorOf(Exception failure) => failure switch
    {
        HttpRequestException { HttpRequestError: var error } => error,
        HttpIOException { HttpRequestError: var error } => error,
        _ => HttpRequestError.Unknown,
    };

    // Only what failed while the connection was being made has certainly cost nothing.
    private static bool IsBeforeSending(Exception failure) =>
        failure is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
        };

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} could not be asked or did not answer: {Error} ({Exception})")]
    private partial void LogFailed(string provider, HttpRequestError error, string exception);

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} did not begin to answer within {Seconds} s, or paused for too long")]
    private partial void LogTimedOut(string provider, double seconds);

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} answered {Status}, type {Type}, code {Code}")]
    private partial void LogRefused(string provider, int status, string? type, string? code);

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} began its stream with an error: {Code}")]
    private partial void LogStreamRefused(string provider, string code);

    [LoggerMessage(LogLevel.Warning, "The answer of provider {Provider} could not be used: {Why}")]
    private partial void LogBadResponse(string provider, string why);
}
