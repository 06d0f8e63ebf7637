using System.Net;
using System.Text;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Converse;

/// <summary>Calls of a dialect, at 2026-01-01; every answer has the request id <c>req-1</c>.</summary>
internal sealed class ConverseCalls : IDisposable
{
    private readonly ThoughtMemory thoughts = new();

    public ConverseCalls() => Dialect = new ConverseDialect(
        Chats.Account("https://bedrock-runtime.us-east-1.amazonaws.com/"),
        new DialectServices(thoughts, new ManualClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))));

    public ConverseDialect Dialect { get; }

    public static InferenceTarget Target(string model, bool dropParams = false, string capabilities = "{}") =>
        Chats.Target(model) with { DropParams = dropParams, Capabilities = ModelCapabilities.Parse(capabilities) };

    /// <summary>Writes a request to the model that it names.</summary>
    public DialectRequest Write(string json, bool dropParams = false, string capabilities = "{}")
    {
        var chat = Chats.Read(json);
        return Dialect.Write(chat, Target(chat.Model, dropParams, capabilities));
    }

    /// <summary>The reader of an answer to a request that asks for nothing special.</summary>
    public IAnswerReader Reader(string json = """{"model":"m","messages":[{"role":"user","content":"Hi"}]}""")
    {
        var reader = Write(json).Message!.Answer;
        using var response = new HttpResponseMessage(HttpStatusCode.OK);
        response.Headers.Add("x-amzn-RequestId", "req-1");
        reader.Begin(response.Headers);
        return reader;
    }

    /// <summary>What a reader makes of a stream's events, each written as <c>name data</c>.</summary>
    public static (List<string> Chunks, bool Terminated) Stream(IAnswerReader reader, IEnumerable<(string Name, string Data)> events)
    {
        var answer = new AnswerEvents();
        foreach (var (name, data) in events)
            reader.Read(new UpstreamEvent(Encoding.UTF8.GetBytes(data), IsError: false, name), answer);
        reader.End(answer);

        var chunks = new List<string>();
        while (answer.TryTake(out var json, out _))
            chunks.Add(Chats.Text(json));
        return (chunks, answer.Terminated);
    }

    public void Dispose() => thoughts.Dispose();
}
