using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Telemetry;
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
internal sealed partial class HttpProvider(
    UpstreamAccount account, IDialect dialect, ICredential credential, IFraming framing, HttpMessageInvoker connections,
    UpstreamTimeouts timeouts, TimeProvider clock, ILogger logger)
    : IInferenceProvider
{
    private const int MaxAnswerBytes = 64 * 1024 * 1024;
    private const int MaxErrorBytes = 64 * 1024;
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly ProductInfoHeaderValue UserAgent = new("CleanGateway", "1.0");

    public string TelemetryName { get; init; } = "openai_compatible";

    public bool Speaks(ApiFormat api, InferenceTarget target) => dialect.Speaks(api, target);

    public bool ReadsExtensions(InferenceTarget target) => dialect.ReadsExtensions(target);

    public async Task<InferenceOutcome> SendAsync(InferenceRequest request, InferenceTarget target, CancellationToken cancellationToken)
    {
        if (!dialect.Speaks(request.Api, target))
            return new InferenceOutcome.Refused(UpstreamErrors.NotSpoken(request));

        var (message, unsaid) = dialect.Write(request, target);
        if (message is null)
            return new InferenceOutcome.Refused(unsaid!);

        var patience = new Patience(timeouts.FirstByte, clock, cancellationToken);
        var streaming = false;
        try
        {
            var tried = await TryAsync(request, target, message, patience, cancellationToken);
            if (tried is { Kind: UpstreamErrorKind.Authentication, IsForgotten: true })
            {
                tried = await TryAsync(request, target, message, patience, cancellationToken);
            }
            else if (tried.Failure is { } failure && message.Amend?.Invoke(failure) is { } amended)
            {
                LogAmended(account.Name, failure.Code ?? failure.Type);
                message = amended;
                tried = await TryAsync(request, target, message, patience, cancellationToken);
            }

            streaming = tried.Outcome is InferenceOutcome.Streaming;
            return message.DroppedParams is { Count: > 0 } dropped ? tried.Outcome with { DroppedParams = dropped } : tried.Outcome;
        }
        catch (UpstreamCredentialException failure)
        {
            LogNoCredential(account.Name, failure.Message);
            return UpstreamErrors.NoCredential;
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
                patience.Dispose();
        }
    }

    private async Task<Attempt> TryAsync(
        InferenceRequest request, InferenceTarget target, UpstreamMessage message, Patience patience, CancellationToken cancellationToken)
    {
        // The answer to the attempt before may have been read under a shorter deadline.
        patience.Restart(timeouts.FirstByte);
        HttpResponseMessage? response = null;
        var streaming = false;
        try
        {
            using var http = await CreateRequestAsync(request, message, cancellationToken);
            if (target.TraceContext is { } trace)
                AddTrace(http, trace);
            target.ModelCall?.GoesTo(message.Url);
            response = await connections.SendAsync(http, patience.Token);
            target.ModelCall?.Answered((int)response.StatusCode);
            if (!response.IsSuccessStatusCode)
                return await ReadErrorAsync(http, response, patience);

            var outcome = await ReadAsync(request, message.Answer, response, patience, cancellationToken);
            streaming = outcome is InferenceOutcome.Streaming;
            return new Attempt(outcome);
        }
        finally
        {
            if (!streaming)
                response?.Dispose();
        }
    }

    private async ValueTask<HttpRequestMessage> CreateRequestAsync(InferenceRequest request, UpstreamMessage message, CancellationToken cancellationToken)
    {
        var http = new HttpRequestMessage(HttpMethod.Post, message.Url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(message.Body) { Headers = { ContentType = Json } },
        };
        http.Headers.Accept.ParseAdd(request.Stream ? framing.MediaType : "application/json");
        http.Headers.UserAgent.Add(UserAgent);
        foreach (var (name, value) in message.Headers)
            http.Headers.TryAddWithoutValidation(name, value);
        await credential.ApplyAsync(http, message.Body, cancellationToken);
        return http;
    }

    // After the credential: a proxy on the way may change them, so no signature covers them.
    private static void AddTrace(HttpRequestMessage http, TraceContext trace)
    {
        http.Headers.TryAddWithoutValidation("traceparent", trace.TraceParent);
        if (trace.TraceState is { } state)
            http.Headers.TryAddWithoutValidation("tracestate", state);
    }

    private async Task<InferenceOutcome> ReadAsync(
        InferenceRequest request, IAnswerReader answer, HttpResponseMessage response, Patience patience, CancellationToken cancellationToken)
    {
        // Nothing was asked to be compressed; what is all the same is not unpacked, whatever its size would be.
        if (response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            return BadResponse("it is compressed");

        answer.Begin(response.Headers);
        var isStream = framing.MediaType.Equals(response.Content.Headers.ContentType?.MediaType, StringComparison.OrdinalIgnoreCase);
        if (request.Stream && isStream)
            return await OpenStreamAsync(request, answer, response, patience, cancellationToken);

        var body = await ReadBodyAsync(response, MaxAnswerBytes, patience);
        return body is null ? BadResponse($"it is larger than {MaxAnswerBytes} bytes") : ReadAnswer(request, answer, response, body.Value);
    }

    private async Task<InferenceOutcome> OpenStreamAsync(
        InferenceRequest request, IAnswerReader answer, HttpResponseMessage response, Patience patience, CancellationToken cancellationToken)
    {
        var body = new UpstreamBody(await response.Content.ReadAsStreamAsync(patience.Token), patience, timeouts.Idle);
        var stream = new HttpStream(request, response, framing.ReadAsync(body, CancellationToken.None), answer, patience, MapStreamError, cancellationToken);
        if (await stream.BeginAsync(clock))
            return new InferenceOutcome.Streaming(stream);

        var refused = stream.Refusal;
        await stream.DisposeAsync();
        if (refused is null)
            return BadResponse("the stream is empty");

        LogStreamRefused(account.Name, refused.Error.Code);
        return refused.Error == UpstreamErrors.Stalled ? UpstreamErrors.TimedOut : refused;
    }

    private InferenceOutcome ReadAnswer(InferenceRequest request, IAnswerReader answer, HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        AnswerFacts facts;
        UpstreamFailure? failure;
        try
        {
            // Some answer 200 and put the error inside, sometimes with the status it should have had.
            body = answer.ReadWhole(body, out failure);
            facts = failure is null ? request.Read(body.Span) : default;
            if (facts.Repairs is { } repairs)
                body = repairs.ApplyTo(body);
            if (facts.ErrorAt is not null || facts.HasFailed)
                failure = dialect.ReadFailure(body.Span, response.Headers);
        }
        catch (Exception garbage) when (garbage is JsonException or InvalidDataException)
        {
            return BadResponse("it is not JSON, or not of the provider's language");
        }

        if (failure is not null)
            return Map(status: null, response.Headers, failure);

        if (request.Stream)
            return BadResponse("a stream was asked for");

        return facts.IsAnswer
            ? new InferenceOutcome.Completed(body, facts.Usage ?? UsageReport.None, facts.Model)
            : BadResponse("it lacks what an answer has");
    }

    private async Task<Attempt> ReadErrorAsync(HttpRequestMessage http, HttpResponseMessage response, Patience patience)
    {
        ReadOnlyMemory<byte> body;
        try
        {
            body = await ReadBodyAsync(response, MaxErrorBytes, patience) ?? default;
        }
        catch (Exception unreadable) when (unreadable is HttpRequestException or IOException || (unreadable is OperationCanceledException && patience.RanOut))
        {
            body = default;   // the status alone says enough
        }

        var failure = dialect.ReadFailure(body.Span, response.Headers);
        var status = (int)response.StatusCode;
        var kind = dialect.KindOf(status, failure);

        // A token that was lent may have been taken back before its time.
        var isForgotten = kind == UpstreamErrorKind.Authentication && credential is IRefreshableCredential;
        if (isForgotten)
            ((IRefreshableCredential)credential).Forget(http);
        return new Attempt(Map(status, response.Headers, failure)) { Failure = failure, Kind = kind, IsForgotten = isForgotten };
    }

    private InferenceOutcome.Refused Map(int? status, HttpResponseHeaders? headers, UpstreamFailure failure)
    {
        var kind = dialect.KindOf(status, failure);
        LogRefused(account.Name, status, kind, failure.Type, failure.Code);
        return UpstreamErrors.Map(kind, status, headers, failure, account.Credentials.ApiKey, clock.GetUtcNow());
    }

    private InferenceOutcome.Refused MapStreamError(ReadOnlyMemory<byte> said, UpstreamFailure? failure) =>
        Map(status: null, headers: null, failure ?? dialect.ReadFailure(said.Span, headers: null));

    /// <returns>Null when the body is larger than allowed.</returns>
    private async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpResponseMessage response, int most, Patience patience)
    {
        if (response.Content.Headers.ContentLength > most)
            return null;

        // One more than there are: room is asked for once more to see that nothing follows.
        var body = new ArrayBufferWriter<byte>((int)(response.Content.Headers.ContentLength ?? 4095) + 1);
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

    private InferenceOutcome.Refused BadResponse(string why)
    {
        LogBadResponse(account.Name, why);
        return UpstreamErrors.BadResponse;
    }

    /// <param name="Outcome">What it came to.</param>
    private sealed record Attempt(InferenceOutcome Outcome)
    {
        /// <summary>What the upstream said where it refused the request before it began to answer.</summary>
        public UpstreamFailure? Failure { get; init; }
        public UpstreamErrorKind? Kind { get; init; }

        /// <summary>The credential that was refused is not used again; there may be a newer one.</summary>
        public bool IsForgotten { get; init; }
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

    [LoggerMessage(LogLevel.Error, "Provider {Provider}: {Failure}")]
    private partial void LogNoCredential(string provider, string failure);

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} answered {Status}, {Kind}, type {Type}, code {Code}")]
    private partial void LogRefused(string provider, int? status, UpstreamErrorKind kind, string? type, string? code);

    [LoggerMessage(LogLevel.Information, "Provider {Provider} refused a way of saying it ({Code}); the call is sent once more in another")]
    private partial void LogAmended(string provider, string? code);

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} began its stream with an error: {Code}")]
    private partial void LogStreamRefused(string provider, string code);

    [LoggerMessage(LogLevel.Warning, "The answer of provider {Provider} could not be used: {Why}")]
    private partial void LogBadResponse(string provider, string why);
}
