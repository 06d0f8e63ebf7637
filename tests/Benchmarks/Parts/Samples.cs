using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.ProviderAdapters;

namespace CleanGateway.Benchmarks.Parts;

/// <summary>A chat of a few hundred bytes, and what becomes of it.</summary>
internal static class Samples
{
    public static readonly Price Price = Price.Parse(
        """{"input_cost_per_token":0.0000025,"output_cost_per_token":0.00001,"cache_read_input_token_cost":0.00000125}""");

    private static readonly ProviderId Provider = new(new Guid("11111111-1111-1111-1111-111111111111"));

    public static readonly Destination Destination = new(Provider, "openai-main", "gpt-4o", Price);

    public static readonly UpstreamAccount Account = new(
        Provider, "openai-main", new Uri("https://api.example.com/v1/"), [], AsksForStreamUsage: true,
        new UpstreamCredentials("sk-benchmark", null, null));

    public static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """
        {"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":
        {"role":"assistant","content":"A gateway stands between those who ask and those who answer, and keeps the books of both."},
        "logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":29,"completion_tokens":21,"total_tokens":50}}
        """);

    public static ReadOnlyMemory<byte> Chat(bool stream, int promptBytes = 300) => Encoding.UTF8.GetBytes(
        $$"""{"model":"my-gpt4","stream":{{(stream ? "true" : "false")}},"temperature":0.7,"messages":[{"role":"system","content":"Be brief."},"""
        + $$"""{"role":"user","content":"{{new string('x', promptBytes)}}"}]}""");

    public static ChatRequest Read(ReadOnlyMemory<byte> body) => ChatRequest.TryParse(body, out var chat, out var error)
        ? chat
        : throw new InvalidOperationException(error!.Message);

    public static InferenceTarget Target { get; } = new(Destination, "gpt-4o", new Nobody());

    public static RequestLog Call(ReadOnlyMemory<byte> body)
    {
        var now = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        var line = new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions", """{"content-type":"application/json"}""", null);
        var call = RequestLog.Begin(RequestId.New(now), new ApiKeyId(Guid.Empty), line, now);
        call.Asked(LoggedBody.Exact(body), "my-gpt4", null, stream: false);
        call.Dispatch(Destination, new TokenUsage(120, 4096));
        return call;
    }

    private sealed class Nobody : IInferenceProvider
    {
        public bool Speaks(ApiFormat api, InferenceTarget target) => true;

        public Task<InferenceOutcome> SendAsync(InferenceRequest request, InferenceTarget target, CancellationToken cancellationToken) =>
            throw new NotSupportedException("Nobody is asked here.");
    }
}
