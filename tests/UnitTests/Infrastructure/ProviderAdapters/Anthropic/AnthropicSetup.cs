using System.Text;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters.Anthropic;

/// <summary>The dialect as it is served at one place, and its answers as their readers get them.</summary>
internal sealed class AnthropicSetup : IDisposable
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1760000000);

    private readonly UpstreamAccount account = Chats.Account("https://api.anthropic.com/");

    public AnthropicSetup(AnthropicSurface? surface = null) =>
        Dialect = new AnthropicDialect(
            account, new DialectServices(Thoughts, new ManualClock(Now)),
            surface ?? AnthropicSurface.Direct(account.BaseUrl, "2023-06-01", beta: null));

    public ThoughtMemory Thoughts { get; } = new();
    public AnthropicDialect Dialect { get; }

    public static InferenceTarget Target(string model, bool drops = false, string capabilities = "{}") =>
        Chats.Target(model) with { DropParams = drops, Capabilities = ModelCapabilities.Parse(capabilities) };

    /// <summary>What a chat becomes, for the model that it names itself.</summary>
    public DialectRequest Write(string chat, bool drops = false)
    {
        var request = Chats.Read(chat);
        return Dialect.Write(request, Target(request.Model, drops));
    }

    /// <summary>What a chat with this member becomes.</summary>
    public DialectRequest WriteWith(string model, string member, bool drops = false) =>
        Write($$"""{"model":"{{model}}","max_tokens":3000,"messages":[{"role":"user","content":"Hi"}],{{member}}}""", drops);

    public static MessagesRequest Messages(string json, string version = "2023-06-01", string? beta = null) =>
        MessagesRequest.TryParse(Encoding.UTF8.GetBytes(json), new MessagesHeaders(version, beta), out var request, out var error)
            ? request
            : throw new ArgumentException(error!.Message);

    /// <summary>Every event that a stream's bytes come to, however they are cut.</summary>
    public static async Task<(List<(string Json, string? Name)> Events, AnswerEvents End)> StreamAsync(
        IAnswerReader reader, IFraming framing, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        using var patience = new Patience(TimeSpan.FromSeconds(60), new ManualTime(), TestContext.Current.CancellationToken);
        var body = new UpstreamBody(new ScriptedStream(pieces), patience, TimeSpan.FromSeconds(10));
        var (taken, answer) = (new List<(string, string?)>(), new AnswerEvents());
        await foreach (var item in framing.ReadAsync(body, TestContext.Current.CancellationToken))
        {
            reader.Read(item, answer);
            Take(answer, taken);
        }

        reader.End(answer);
        Take(answer, taken);
        return (taken, answer);
    }

    public void Dispose() => Thoughts.Dispose();

    private static void Take(AnswerEvents answer, List<(string, string?)> taken)
    {
        while (answer.TryTake(out var json, out var name))
            taken.Add((Chats.Text(json), name));
    }
}
