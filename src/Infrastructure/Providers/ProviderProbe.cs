using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.Providers;

/// <summary>
/// Asks a provider as its calls would: the row as it is in the database now, the same language, the same credential, and
/// connections that the same guard has passed. What the provider answers goes no further than its class.
/// </summary>
internal sealed partial class ProviderProbe(
    ProbeRows rows, ProviderReader reader, UpstreamAdapters adapters, UpstreamConnections connections, UpstreamCredentialStore credentials,
    TimeProvider clock, ILogger<ProviderProbe> logger) : IProviderProbe
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public async Task<ProviderTest> AskAsync(ProviderId provider, string? model, CancellationToken cancellationToken)
    {
        var row = await rows.ProviderAsync(provider, cancellationToken);
        if (row.Type == ProviderKinds.Echo)
            return new ProviderTest(TestOutcome.Ok, Status: null, LatencyMs: 0);

        var kind = ProviderKinds.Find(row.Type)
            ?? throw new GatewayException(GatewayError.Invalid($"provider_type is '{row.Type}': expected one of {ProviderKinds.Names}."));
        var account = Read(row, kind);
        var listing = ModelListing.UrlFor(row.Type, account);
        var target = await rows.UpstreamModelAsync(row, model, anyServed: listing is null, cancellationToken);
        if (target is null && listing is null)
        {
            throw new GatewayException(GatewayError.Invalid(
                $"A provider of type {row.Type} can only be asked with a model, and none is known for it: expected one as 'model'.", "model", "missing_model"));
        }

        var started = clock.GetTimestamp();
        using var observed = new ObservedInvoker(connections.PoolFor(account));
        using var invoker = new HttpMessageInvoker(observed, disposeHandler: false);
        using var deadline = new CancellationTokenSource(Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        TestOutcome outcome;
        try
        {
            outcome = target is not null
                ? await ChatAsync(kind, account, invoker, row, target, observed, either.Token)
                : await ListAsync(kind, account, listing!, invoker, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            outcome = TestOutcome.Timeout;
        }

        return new ProviderTest(outcome, observed.LastStatus, (long)clock.GetElapsedTime(started).TotalMilliseconds);
    }

    private UpstreamAccount Read(ProviderRow row, ProviderKind kind)
    {
        try
        {
            return reader.Account(row, kind).Account;
        }
        catch (GatewayException unusable)
        {
            throw new GatewayException(
                new GatewayError(GatewayErrorKind.Conflict, "provider_unusable", $"The provider cannot be used: {unusable.Error.Message}."), unusable);
        }
    }

    private async Task<TestOutcome> ChatAsync(
        ProviderKind kind, UpstreamAccount account, HttpMessageInvoker invoker, ProviderRow row, string model, ObservedInvoker observed,
        CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { model, messages = new[] { new { role = "user", content = "Hi" } } });
        if (!ChatRequest.TryParse(body, out var chat, out var error))
            throw new GatewayException(error!);

        var adapter = adapters.Create(kind, account, invoker, new UpstreamTimeouts(Deadline, Deadline));
        var target = new InferenceTarget(new Destination(account.Id, row.Name, model, Price: null), model, adapter);
        return await adapter.SendAsync(chat.Capped(1), target, cancellationToken) switch
        {
            InferenceOutcome.Completed => TestOutcome.Ok,
            InferenceOutcome.Refused refused => OutcomeOf(refused.Error, observed.LastStatus),
            var other => throw new InvalidOperationException($"A chat that was not to be streamed came to {other.GetType().Name}."),
        };
    }

    private async Task<TestOutcome> ListAsync(
        ProviderKind kind, UpstreamAccount account, Uri url, HttpMessageInvoker invoker, CancellationToken cancellationToken)
    {
        try
        {
            var credential = credentials.For(account, kind.Credential);
            using var response = await ModelListing.AskAsync(kind.Type, account, url, credential, invoker, cancellationToken);
            return OutcomeOf((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType);
        }
        catch (UpstreamCredentialException failure)
        {
            LogNoCredential(account.Name, failure.Message);
            return TestOutcome.Unauthorized;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LogFailed(account.Name, failure.GetBaseException().GetType().Name);
            return failure.InnerException is DestinationRefusedException ? TestOutcome.DestinationRefused : TestOutcome.Unreachable;
        }
    }

    private static TestOutcome OutcomeOf(GatewayError error, int? status) => error.Code switch
    {
        "upstream_not_allowed" => TestOutcome.DestinationRefused,
        "upstream_timeout" => TestOutcome.Timeout,
        "upstream_connection_error" => TestOutcome.Unreachable,
        "upstream_authentication_error" or "upstream_permission_denied" => TestOutcome.Unauthorized,
        "model_not_found" => TestOutcome.NotFound,
        "rate_limit_exceeded" or "insufficient_quota" => TestOutcome.RateLimited,
        _ when status is { } answered and not (>= 200 and < 300) => OutcomeOf(answered, mediaType: null),
        _ => error.Kind == GatewayErrorKind.Invalid ? TestOutcome.Refused : TestOutcome.Error,
    };

    private static TestOutcome OutcomeOf(int status, string? mediaType) => status switch
    {
        >= 200 and < 300 => mediaType == "application/json" ? TestOutcome.Ok : TestOutcome.Error,   // a page for people is no API
        401 or 403 => TestOutcome.Unauthorized,
        404 => TestOutcome.NotFound,
        402 or 429 => TestOutcome.RateLimited,
        >= 400 and < 500 => TestOutcome.Refused,
        _ => TestOutcome.Error,
    };

    [LoggerMessage(LogLevel.Warning, "The test of provider {Provider} got no answer ({Exception})")]
    private partial void LogFailed(string provider, string exception);

    [LoggerMessage(LogLevel.Error, "The test of provider {Provider}: {Failure}")]
    private partial void LogNoCredential(string provider, string failure);
}
