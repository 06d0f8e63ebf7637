using System.Diagnostics;
using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Telemetry;

/// <summary>
/// One call of a model as telemetry sees it: a client span and the metrics of OpenTelemetry's conventions for generative
/// AI. It is there only where somebody listens.
/// </summary>
/// <seealso href="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/"/>
public sealed class ModelCall
{
    /// <summary>The source of the gateway's spans.</summary>
    public const string SourceName = "CleanGateway";

    /// <summary>The meter of the conventions' metrics, beside the gateway's own: they are for who asks for OTLP.</summary>
    public const string MeterName = "CleanGateway.GenAi";

    private static readonly string ProviderCounted = UsageSource.Provider.ToSnakeCase();

    private readonly GenAiMetrics metrics;
    private readonly TimeProvider clock;
    private readonly long started;
    private readonly string operation;
    private readonly string provider;
    private readonly string model;
    private readonly ApiFormat api;
    private readonly bool showsContent;
    private readonly Activity? span;
    private ReadOnlyMemory<byte> answer;
    private string? address;
    private int port;
    private bool ended;

    private ModelCall(InferenceRequest request, ClientCall call, InferenceTarget target, GenAiMetrics metrics, bool showsContent, TimeProvider clock)
    {
        (this.metrics, this.clock, this.showsContent) = (metrics, clock, showsContent);
        started = clock.GetTimestamp();
        api = request.Api;
        operation = OperationOf(api);
        provider = target.Provider.TelemetryName;
        model = target.UpstreamModel;

        // As its parent it has the call's span, not one that happens to be current. A sampler may want to know the first ones.
        var tags = new ActivityTagsCollection
        {
            { "gen_ai.operation.name", operation }, { "gen_ai.provider.name", provider }, { "gen_ai.request.model", model },
        };
        span = CallSpans.Source.StartActivity($"{operation} {model}", ActivityKind.Client, call.ServerSpan?.Context ?? default, tags);
        if (span is { IsAllDataRequested: true })
            Safely(span, () => Describe(span, request, call, target));
    }

    /// <summary>What goes upstream, so that the provider's spans are below this one; null where nothing is traced.</summary>
    public string? TraceParent => span?.Id;

    /// <returns>Null where nobody listens.</returns>
    internal static ModelCall? Begin(
        InferenceRequest request, ClientCall call, InferenceTarget target, GenAiMetrics metrics, IContentCapture capture, TimeProvider clock) =>
        CallSpans.Source.HasListeners() || metrics.IsOn
            ? new ModelCall(request, call, target, metrics, capture.IsOn && call.Content == ContentPolicy.Full, clock)
            : null;

    /// <summary>The call goes there now.</summary>
    public void GoesTo(Uri upstream)
    {
        (address, port) = (upstream.Host, upstream.Port);
        span?.SetTag("server.address", address).SetTag("server.port", port);
    }

    /// <summary>The upstream has answered with a status.</summary>
    public void Answered(int status) => span?.SetTag("http.response.status_code", status);

    /// <summary>The first event of a stream is in hand.</summary>
    internal void Began()
    {
        var wait = clock.GetElapsedTime(started).TotalSeconds;
        span?.SetTag("gen_ai.response.time_to_first_chunk", wait);
        if (metrics.TimeToFirstChunk.Enabled)
            metrics.TimeToFirstChunk.Record(wait, Tags());
    }

    /// <summary>The whole answer, or a stream put together into one.</summary>
    internal void Said(ReadOnlyMemory<byte> json) => answer = json;

    /// <summary>The upstream has no more to say: before the record of it is waited for.</summary>
    /// <param name="error">What metrics call the error; null where there is none.</param>
    internal void End(Exchange exchange, string? error)
    {
        if (ended)
            return;

        ended = true;
        var counted = exchange.Usage is { UsageSource: { } source } && source == ProviderCounted ? exchange.Usage : null;
        Measure(error, counted);
        if (span is null)
            return;

        if (span.IsAllDataRequested)
            Safely(span, () => Describe(span, exchange, counted));
        span.Stop();
    }

    private void Measure(string? error, UsageRecord? counted)
    {
        if (metrics.Duration.Enabled)
        {
            var tags = Tags();
            if (error is not null)
                tags.Add("error.type", error);
            metrics.Duration.Record(clock.GetElapsedTime(started).TotalSeconds, tags);
        }

        if (!metrics.TokenUsage.Enabled || counted is null)
            return;

        if (counted.PromptTokens is { } input)
            metrics.TokenUsage.Record(input, [.. Tags(), new("gen_ai.token.type", "input")]);
        if (counted.CompletionTokens is { } output)
            metrics.TokenUsage.Record(output, [.. Tags(), new("gen_ai.token.type", "output")]);
    }

    // Not the model that the provider says it was: nobody bounds how many names there are.
    private TagList Tags()
    {
        var tags = new TagList { { "gen_ai.operation.name", operation }, { "gen_ai.provider.name", provider }, { "gen_ai.request.model", model } };
        if (address is not null)
        {
            tags.Add("server.address", address);
            tags.Add("server.port", port);
        }

        return tags;
    }

    private void Describe(Activity span, InferenceRequest request, ClientCall call, InferenceTarget target)
    {
        span.SetTag("gen_ai.request.stream", request.Stream);
        if (request.MaxTokens is { } most)
            span.SetTag("gen_ai.request.max_tokens", most);
        if (request.Choices != 1)
            span.SetTag("gen_ai.request.choice.count", request.Choices);
        span.SetTag("cleangateway.provider", target.Destination.ProviderName);
        span.SetTag("cleangateway.model", target.Destination.Model);
        span.SetTag("cleangateway.request.id", call.Id.Value);
        span.SetTag("cleangateway.key.id", call.Caller.Id.Value.ToString());
        if (call.Caller.ProjectId is { } project)
            span.SetTag("cleangateway.project.id", project.Value.ToString());
        if (showsContent)
            GenAiMessages.Asked(span, api, request.Body);
    }

    private void Describe(Activity span, Exchange exchange, UsageRecord? counted)
    {
        if (exchange.Response.ResponseModel is { } said)
            span.SetTag("gen_ai.response.model", said);
        if (counted is not null)
        {
            SetTokens(span, "gen_ai.usage.input_tokens", counted.PromptTokens);
            SetTokens(span, "gen_ai.usage.output_tokens", counted.CompletionTokens);
            SetTokens(span, "gen_ai.usage.cache_read.input_tokens", counted.CachedTokens);
            SetTokens(span, "gen_ai.usage.reasoning.output_tokens", counted.ReasoningTokens);
        }

        if (!answer.IsEmpty)
            GenAiMessages.Answered(span, api, answer, showsContent);
        if (exchange.Response.ErrorCode is { } error)
            span.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
    }

    // Callers and providers write what is described here. Whatever telemetry stumbles over, the call goes on and is recorded.
    private static void Safely(Activity span, Action describe)
    {
        try
        {
            describe();
        }
        catch (Exception failure)
        {
            span.SetTag("cleangateway.telemetry.failure", failure.GetType().Name);
        }
    }

    private static void SetTokens(Activity span, string name, long? tokens)
    {
        if (tokens is { } counted)
            span.SetTag(name, counted);
    }

    // The conventions have no word for counting tokens before a call.
    private static string OperationOf(ApiFormat api) => api switch
    {
        ApiFormat.Embeddings => "embeddings",
        ApiFormat.MessageTokens => "count_tokens",
        _ => "chat",
    };
}
