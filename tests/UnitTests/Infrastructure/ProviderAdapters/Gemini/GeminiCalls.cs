using System.Text;
using System.Text.Json.Nodes;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Gemini;

/// <summary>One gateway's Gemini, asked and answering without a network.</summary>
internal sealed class GeminiCalls : IDisposable
{
    public const string WithTools =
        """
        {"model":"gemini-2.5-pro","messages":[{"role":"user","content":"Hi"}],"n":3,
         "tools":[{"type":"function","function":{"name":"2do"}},{"type":"function","function":{"name":"now"}},{"type":"function","function":{"name":"w"}}]}
        """;

    public static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly GeminiSurface Studio = GeminiSurface.ApiStudio(new Uri("https://generativelanguage.googleapis.com/"));

    public static readonly GeminiSurface Vertex = GeminiSurface.Vertex(new Uri("https://europe-west4-aiplatform.googleapis.com/"), "acme", "europe-west4");

    public ThoughtMemory Thoughts { get; } = new();

    public void Dispose() => Thoughts.Dispose();

    /// <param name="json">A chat, whose model is the provider's too.</param>
    public DialectRequest Ask(string json, GeminiSurface? surface = null, bool dropParams = false, string capabilities = "{}")
    {
        var chat = Chats.Read(json);
        var target = Chats.Target(chat.Model) with
        {
            DropParams = dropParams,
            Capabilities = ModelCapabilities.Parse(capabilities),
        };
        return Dialect(surface).Write(chat, target);
    }

    public IDialect Dialect(GeminiSurface? surface = null) =>
        new GeminiDialect(surface ?? Studio, Chats.Account(), new DialectServices(Thoughts, new ManualClock(Now)));

    public UpstreamMessage Sent(string json, GeminiSurface? surface = null, bool dropParams = false, string capabilities = "{}") =>
        Ask(json, surface, dropParams, capabilities) is { Message: { } message } ? message : throw new InvalidOperationException("It was refused.");

    public JsonNode Body(string json, GeminiSurface? surface = null, bool dropParams = false, string capabilities = "{}") =>
        JsonNode.Parse(Sent(json, surface, dropParams, capabilities).Body.Span)!;

    public GatewayError Refused(string json, GeminiSurface? surface = null, bool dropParams = false, string capabilities = "{}") =>
        Ask(json, surface, dropParams, capabilities).Error ?? throw new InvalidOperationException("It was not refused.");

    public JsonNode Whole(string upstream, string chat = WithTools)
    {
        var whole = TryWhole(upstream, out var failure, chat);
        failure.Should().BeNull();
        return JsonNode.Parse(whole.Span)!;
    }

    public ReadOnlyMemory<byte> TryWhole(string upstream, out UpstreamFailure? failure, string chat = WithTools)
    {
        var reader = Sent(chat).Answer;
        using var response = new HttpResponseMessage();
        reader.Begin(response.Headers);
        return reader.ReadWhole(Encoding.UTF8.GetBytes(upstream), out failure);
    }

    /// <summary>A stream's chunks, and how it ended.</summary>
    public async Task<(List<JsonNode> Chunks, bool Terminated, UpstreamFailure? Failure, bool FramedError)> StreamAsync(
        IEnumerable<ReadOnlyMemory<byte>> pieces, string? chat = null)
    {
        chat ??= WithTools.Replace("\"n\":3", "\"n\":1", StringComparison.Ordinal);
        using var patience = new Patience(TimeSpan.FromMinutes(1), new ManualClock(Now), CancellationToken.None);
        using var body = new UpstreamBody(new ScriptedStream(pieces), patience, TimeSpan.FromMinutes(1));
        using var response = new HttpResponseMessage();
        var reader = Sent(chat.Replace("\"messages\"", "\"stream\":true,\"messages\"", StringComparison.Ordinal)).Answer;
        reader.Begin(response.Headers);

        var (chunks, answer) = (new List<JsonNode>(), new AnswerEvents());
        await foreach (var item in new GoogleEvents().ReadAsync(body, CancellationToken.None))
        {
            if (item.IsError)
                return (chunks, false, Dialect().ReadFailure(item.Data.Span, null), true);

            reader.Read(item, answer);
            Take();
            if (answer.Failure is not null)
                return (chunks, false, answer.Failure, false);
        }

        reader.End(answer);
        Take();
        return (chunks, answer.Terminated, answer.Failure, false);

        void Take()
        {
            while (answer.TryTake(out var json, out _))
                chunks.Add(JsonNode.Parse(json.Span)!);
        }
    }

    public Task<(List<JsonNode> Chunks, bool Terminated, UpstreamFailure? Failure, bool FramedError)> StreamAsync(string text, string? chat = null) =>
        StreamAsync([Encoding.UTF8.GetBytes(text)], chat);
}
